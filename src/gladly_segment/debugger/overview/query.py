"""Which organization and which time the overview is about, as it stands behind its address."""

import shlex
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

import msgspec

from gladly_segment.core.ids import OrganizationId
from gladly_segment.debugger.overview.span import LENGTHS, Range, Span, between, ending_now, since_then
from gladly_segment.debugger.times import minute_of, moment_of, refused

PATH: Final = "/"

USUAL: Final = Range.DAY


class OverviewQuery(msgspec.Struct, frozen=True, kw_only=True):
    """All organizations, if none is named. A time `since` a moment, up to now or `until` another, goes before a range.

    Moments are RFC 3339 or how long ago (90m, 36h, 7d).
    """

    organization: str = ""
    range: Range = USUAL
    since: str = ""
    until: str = ""

    @property
    def chosen(self) -> OrganizationId | None:
        """The organization, None for all."""
        return OrganizationId(self.organization) if self.organization else None

    @property
    def is_own_time(self) -> bool:
        """Somebody said from when to when."""
        return bool(self.since or self.until)


def span_of(query: OverviewQuery, now: datetime) -> Span | None:
    """Give the time that is meant, None for everything that is kept. Raises Refused when it is none."""
    if not query.is_own_time:
        length = LENGTHS.get(query.range)
        return None if length is None else ending_now(length, now)
    until = moment_of("until", query.until, now) if query.until else None
    length = LENGTHS.get(query.range, LENGTHS[USUAL])
    since = moment_of("since", query.since, now) if query.since else (until or now) - length
    span = since_then(since, now) if until is None else between(since, until, now)
    if span is None:
        raise refused("since is not before until")
    return span


def address(query: OverviewQuery, path: str = PATH) -> str:
    """Give the address of what is meant."""
    given = [
        ("organization", query.organization),
        ("range", "" if query.is_own_time or query.range is USUAL else query.range),
        ("since", query.since),
        ("until", query.until),
    ]
    text = urlencode([(name, value) for name, value in given if value])
    return f"{path}?{text}" if text else path


def with_span(query: OverviewQuery, span: Span) -> OverviewQuery:
    """Mean this time instead."""
    until = "" if span.open else minute_of(span.until)
    return msgspec.structs.replace(query, range=USUAL, since=minute_of(span.since), until=until)


def with_range(query: OverviewQuery, length: Range) -> OverviewQuery:
    """Mean a range that ends now instead."""
    return msgspec.structs.replace(query, range=length, since="", until="")


def command(query: OverviewQuery) -> str:
    """Give the command that shows the same."""
    length = "" if query.is_own_time else query.range
    given = (("organization", query.organization), ("range", length), ("since", query.since), ("until", query.until))
    return shlex.join(
        ["gladly-segment", "stats", *(word for name, value in given if value for word in (f"--{name}", value))]
    )
