"""An organization's usual rhythm, and whether its silence is out of step with it."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

HOURS_NEEDED: Final = 16 * 24
"""How many past hours tell the rhythm: two weeks, and how long a silence is looked at."""

UNUSUAL: Final = timedelta(hours=3)
"""Silence over so much usually busy time is out of step."""

_WEEK: Final = 7 * 24
_HOUR_S: Final = 3600


def missed(busy_hours: Collection[int], last_at: datetime, now: datetime) -> timedelta:
    """Tell how much usually busy time passed without an event. An hour is usually busy when the same hour of the week
    was in both of the last two weeks: nights, weekends and an organization's first two weeks are not.

    `busy_hours` are hours since 1970 in which any event came, over at least the last `HOURS_NEEDED` hours.
    """
    busy = frozenset(busy_hours)
    began, ends = last_at.timestamp(), now.timestamp()
    this_hour = int(ends // _HOUR_S)
    seconds = 0.0
    for hour in range(max(int(began // _HOUR_S), this_hour - HOURS_NEEDED), this_hour + 1):
        if hour - _WEEK in busy and hour - 2 * _WEEK in busy:
            seconds += max(0.0, min(ends, (hour + 1) * _HOUR_S) - max(began, hour * _HOUR_S))
    return timedelta(seconds=seconds)


def is_unusual(busy_hours: Collection[int], last_at: datetime, now: datetime) -> bool:
    """Tell whether a silence since `last_at` is out of step with the rhythm."""
    return missed(busy_hours, last_at, now) >= UNUSUAL
