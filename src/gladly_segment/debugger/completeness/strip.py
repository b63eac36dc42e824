"""The hours (or days) of a time, each with what its certificates say."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from gladly_segment.core.certificate import HOUR, Standing
from gladly_segment.core.past import Span
from gladly_segment.debugger.completeness.query import DAY, Shown, steps
from gladly_segment.debugger.completeness.report import Hour

HOURS: Final = tuple(f"{hour:02}" for hour in range(24))
WEEK: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Look(StrEnum):
    """What an hour looks like, from what needs somebody to what needs nobody."""

    INCOMPLETE = "incomplete"
    ORDERED = "ordered"
    WAITING = "waiting"
    UNCERTIFIED = "uncertified"
    """For a part of it there is no certificate (yet)."""
    COMPLETE = "complete"


_LOOKS: Final = {
    Standing.INCOMPLETE: Look.INCOMPLETE,
    Standing.ORDERED: Look.ORDERED,
    Standing.WAITING: Look.WAITING,
    Standing.COMPLETE: Look.COMPLETE,
}
_MARKS: Final = {
    Look.INCOMPLETE: "!",
    Look.ORDERED: "?",
    Look.WAITING: "…",
    Look.UNCERTIFIED: "·",
    Look.COMPLETE: "✓",
}
_WORDS: Final = {Look.ORDERED: "to be certified anew", Look.UNCERTIFIED: "not certified yet"}
_GRAVEST: Final = tuple(Look)


class Cell(msgspec.Struct, frozen=True):
    """An hour, or a day, with how many occurrences Gladly knows of in it."""

    span: Span
    look: Look
    at_gladly: int

    @property
    def mark(self) -> str:
        """What stands in it for those who do not see colours."""
        return _MARKS[self.look]

    @property
    def text(self) -> str:
        """All of it in words; times are UTC."""
        start, end = self.span.start, self.span.end
        when = f"{start:%b} {start.day}" + (f", {start:%H:%M}–{end:%H:%M}" if end - start == HOUR else "")
        word = _WORDS.get(self.look, self.look.value)
        counted = "" if self.look is Look.UNCERTIFIED and not self.at_gladly else f", {self.at_gladly} at Gladly"
        return f"{when} UTC: {word}{counted}"


class Row(msgspec.Struct, frozen=True):
    """A day's hours, or a week's days, beginning at `start`; None where the time has none."""

    start: datetime
    cells: tuple[Cell | None, ...]


def rows(shown: Shown, hours: Sequence[Hour]) -> Sequence[Row]:
    """Lay out a time with its certificates."""
    columns, length = (HOURS, DAY) if shown.step == HOUR else (WEEK, len(WEEK) * DAY)
    cells = {cell.span.start: cell for cell in _cells(shown, hours)}
    start = _row_start(shown)
    found: list[Row] = []
    while start < shown.span.end:
        found.append(Row(start, tuple(cells.get(start + place * shown.step) for place in range(len(columns)))))
        start += length
    return found


def look_of(hour: Hour) -> Look:
    """Tell what one certificate looks like."""
    return _LOOKS[hour.standing]


def _row_start(shown: Shown) -> datetime:
    first = shown.span.start
    if shown.step == HOUR:
        return first.replace(hour=0)
    return first - timedelta(days=first.weekday())


def _cells(shown: Shown, hours: Sequence[Hour]) -> Sequence[Cell]:
    return [_cell(span, [each for each in hours if span.start <= each.since < span.end]) for span in steps(shown)]


def _cell(span: Span, hours: Sequence[Hour]) -> Cell:
    looks = {look_of(each) for each in hours}
    covered = sum((each.until - each.since for each in hours), timedelta())
    if covered < span.end - span.start:
        looks.add(Look.UNCERTIFIED)
    gravest = next(look for look in _GRAVEST if look in looks)
    return Cell(span, gravest, sum(each.sum.at_gladly for each in hours))
