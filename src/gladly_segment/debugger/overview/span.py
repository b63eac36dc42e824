"""Which time is shown, and in how large steps: pure, so that an address means the same on page, JSON and terminal."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from gladly_segment.core.moments import ceil, floor

MINUTE: Final = timedelta(minutes=1)
MOST_STEPS: Final = 120
"""About as many as can be told apart on a screen."""

SHORTEST: Final = timedelta(minutes=5)
"""Nobody comes closer than this."""

LONGEST: Final = timedelta(days=3_650)
"""Nothing is older."""

_DAY_S: Final = 86_400
_STEPS_S: Final = (60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, _DAY_S)


class Range(StrEnum):
    """Times that end now."""

    HOUR = "1h"
    SIX_HOURS = "6h"
    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    ALL = "all"
    """Everything that is kept."""


LENGTHS: Final[Mapping[Range, timedelta]] = {
    Range.HOUR: timedelta(hours=1),
    Range.SIX_HOURS: timedelta(hours=6),
    Range.DAY: timedelta(days=1),
    Range.WEEK: timedelta(days=7),
    Range.MONTH: timedelta(days=30),
}


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """From `since` up to `until`, the latter excluded, both on whole minutes; it is cut into steps from `since` on.

    An `open` one ends now: what comes meanwhile is in it, since its last step reaches beyond now.
    """

    since: datetime
    until: datetime
    step_s: int
    open: bool

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.until - self.since

    @property
    def whole_s(self) -> int:
        """Its length as one step."""
        return int(self.length.total_seconds())


def step_for(length: timedelta) -> int:
    """Choose the smallest round step that cuts a length into at most `MOST_STEPS`."""
    least = length.total_seconds() / MOST_STEPS
    return next((step for step in _STEPS_S if step >= least), -int(-least // _DAY_S) * _DAY_S)


def ending_now(length: timedelta, now: datetime) -> Span:
    """Give the time of at least this length up to now, in steps that begin at round times."""
    length = min(max(length, SHORTEST), LONGEST)
    step_s = step_for(length)
    step = timedelta(seconds=step_s)
    return Span(since=floor(now - length, step), until=floor(now, step) + step, step_s=step_s, open=True)


def since_then(since: datetime, now: datetime) -> Span:
    """Give the time from a moment up to now."""
    begins = floor(min(max(since, now - LONGEST), now - SHORTEST), MINUTE)
    step_s = step_for(now - begins)
    steps = int((now - begins).total_seconds()) // step_s + 1
    return Span(since=begins, until=begins + timedelta(seconds=steps * step_s), step_s=step_s, open=True)


def between(since: datetime, until: datetime, now: datetime) -> Span | None:
    """Give the time between two moments, None where the first is not before the second.

    Nothing is before `LONGEST` ago, nor after tomorrow.
    """
    if since >= until:
        return None
    earliest, latest = floor(now - LONGEST, MINUTE), floor(now, MINUTE) + timedelta(days=1)
    begins = floor(min(max(since, earliest), latest - MINUTE), MINUTE)
    ends = ceil(min(max(until, begins + MINUTE), latest), MINUTE)
    return Span(since=begins, until=ends, step_s=step_for(ends - begins), open=False)


def closer(span: Span, now: datetime) -> Span | None:
    """Give the middle half, None where that is too short."""
    quarter = span.length / 4
    return between(span.since + quarter, span.until - quarter, now) if span.length / 2 >= SHORTEST else None


def wider(span: Span, now: datetime) -> Span | None:
    """Give twice as much: around a time that has ended, before one that ends now. None where there is no more."""
    if span.length >= LONGEST:
        return None
    if span.open:
        return since_then(span.since - span.length, now)
    half = span.length / 2
    until = span.until + half
    return since_then(span.since - half, now) if until >= now else between(span.since - half, until, now)


def earlier(span: Span, now: datetime) -> Span | None:
    """Give the time half a length before. None where there is nothing."""
    half = span.length / 2
    return between(span.since - half, span.until - half, now) if span.since - half > now - LONGEST else None


def later(span: Span, now: datetime) -> Span | None:
    """Give the time half a length after, which may reach to now. None for one that does already."""
    if span.open or span.until > now:
        return None
    half = span.length / 2
    return (
        between(span.since + half, span.until + half, now) if span.until + half < now else ending_now(span.length, now)
    )
