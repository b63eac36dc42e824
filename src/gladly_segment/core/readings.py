"""From which of Gladly's lists each part of the past is read (Gladly fact sheet, recovering what was missed)."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from gladly_segment.core.backfill import Reading
from gladly_segment.core.past import Span
from gladly_segment.core.records import Source

EVENTS_REACH: Final = timedelta(hours=24) - timedelta(minutes=5)
"""The Events API's 24 hours, less what clocks differ by and reading takes."""

REPORT_DAYS: Final = 7
"""Of so many days a report is: few enough that it comes soon, and that little is read again after an interruption."""

_OF_EVENTS: Final = "the Events API has the last 24 hours, to the second and with Gladly's own ids"
_OF_EXPORT: Final = "a completed export has it in one file"
_OF_REPORT: Final = "no list but the reports reaches back to it"

_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)


def readings(
    span: Span, now: datetime, exported: Sequence[Span], reach: timedelta = EVENTS_REACH
) -> tuple[Reading, ...]:
    """Divide a span among the lists, without overlap or hole, by time; what is after `now` belongs to none.

    `exported` are the spans of exports whose files can be read; each part from an export lies within one of them.
    `reach` is how far back the Events API is asked.
    """
    end = min(span.end, now)
    reached = _whole_minute(now - reach)
    found = list(_older(Span(span.start, min(end, reached)), exported))
    if (start := max(span.start, reached)) < end:
        found.append(Reading(span=Span(start, end), source=Source.EVENTS_API, why=_OF_EVENTS))
    return tuple(found)


def unread(span: Span, read: Sequence[Span]) -> tuple[Span, ...]:
    """Give the parts of a span that are in none of those that were read, by time."""
    gaps: list[Span] = []
    start = span.start
    for each in sorted(read):
        if start < each.start < span.end:
            gaps.append(Span(start, each.start))
        start = max(start, each.end)
    if start < span.end:
        gaps.append(Span(start, span.end))
    return tuple(gaps)


def _older(span: Span, exported: Sequence[Span]) -> Iterator[Reading]:
    start = span.start
    while start < span.end:
        until = max((each.end for each in exported if each.start <= start < each.end), default=None)
        if until is not None:
            part = Span(start, min(until, span.end))
            yield Reading(span=part, source=Source.EXPORT, why=_OF_EXPORT)
        else:
            until = min((each.start for each in exported if each.start > start), default=span.end)
            part = Span(start, min(until, span.end, _midnight(start) + REPORT_DAYS * _DAY))
            yield Reading(span=part, source=Source.REPORT, why=_OF_REPORT)
        start = part.end


def _whole_minute(moment: datetime) -> datetime:
    # Up, to stay within reach; and whole, as a list may have whole seconds only: what is told twice is on one side.
    return moment.replace(second=0, microsecond=0) + _MINUTE


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
