"""Which organization and which time the completeness screen is about, as it stands behind its address."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

import msgspec

from gladly_segment.core.certificate import HOUR
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.moments import ceil, floor
from gladly_segment.core.past import Span
from gladly_segment.debugger.times import minute_of, moment_of, refused

PATH: Final = "/completeness"

DAY: Final = timedelta(days=1)

MOST_HOURS: Final = timedelta(days=8)
"""A longer time is shown by the day."""

LONGEST: Final = timedelta(days=400)


class Range(StrEnum):
    """Times that end now."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "90d"


LENGTHS: Final[Mapping[Range, timedelta]] = {
    Range.DAY: timedelta(days=1),
    Range.WEEK: timedelta(days=7),
    Range.MONTH: timedelta(days=30),
    Range.QUARTER: timedelta(days=90),
}

USUAL: Final = Range.WEEK


class CompletenessQuery(msgspec.Struct, frozen=True, kw_only=True):
    """All organizations, if none is named. A time `since` a moment, up to now or `until` another, goes before a range.

    Moments are RFC 3339 or how long ago (36h, 7d). `hour` is the beginning of one that is opened, of the organization
    that is named. `done` names what was done last.
    """

    organization: str = ""
    range: Range = USUAL
    since: str = ""
    until: str = ""
    hour: str = ""
    done: str = ""

    @property
    def chosen(self) -> OrganizationId | None:
        """The organization, None for all."""
        return OrganizationId(self.organization) if self.organization else None

    @property
    def is_own_time(self) -> bool:
        """Somebody said from when to when."""
        return bool(self.since or self.until)


class Shown(msgspec.Struct, frozen=True):
    """The time that is shown, on whole hours (days) of UTC, and in steps of how long. An `open` one ends now."""

    span: Span
    step: timedelta
    open: bool


def shown(query: CompletenessQuery, now: datetime) -> Shown:
    """Give the time that is meant. Raises Refused when it is none."""
    length = LENGTHS[query.range]
    until = moment_of("until", query.until, now) if query.until else now
    since = moment_of("since", query.since, now) if query.since else until - length
    if since >= until:
        raise refused("since is not before until")
    if until - since > LONGEST:
        raise refused(f"that is more than {LONGEST.days} days")
    step = HOUR if until - since <= MOST_HOURS else DAY
    return Shown(Span(floor(since, step), ceil(until, step)), step, open=not query.until)


def opened(query: CompletenessQuery, now: datetime) -> Span | None:
    """Give the hour that is opened. Raises Refused when it is none."""
    if not query.hour:
        return None
    start = floor(moment_of("hour", query.hour, now), HOUR)
    return Span(start, start + HOUR)


def moved(query: CompletenessQuery, shown: Shown, by: int, now: datetime) -> CompletenessQuery | None:
    """Mean the same length earlier (-1) or later (1); None where there is nothing."""
    length = shown.span.end - shown.span.start
    since, until = shown.span.start + by * length, shown.span.end + by * length
    if since >= now:
        return None
    return msgspec.structs.replace(query, since=minute_of(since), until=minute_of(until), hour="", done="")


def address(query: CompletenessQuery, path: str = PATH) -> str:
    """Give the address of what is meant."""
    given = [
        ("organization", query.organization),
        ("range", "" if query.is_own_time or query.range is USUAL else query.range),
        ("since", query.since),
        ("until", query.until),
        ("hour", query.hour),
        ("done", query.done),
    ]
    text = urlencode([(name, value) for name, value in given if value])
    return f"{path}?{text}" if text else path


def steps(shown: Shown) -> Sequence[Span]:
    """Cut the time into its steps."""
    count = int((shown.span.end - shown.span.start) / shown.step)
    starts = (shown.span.start + number * shown.step for number in range(count))
    return [Span(start, start + shown.step) for start in starts]
