"""What the command line gives a backfill, read and refused."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from gladly_segment.core.backfill import Backfill, Phase
from gladly_segment.core.errors import InputError
from gladly_segment.core.moments import format_moment, moment_before, parse_moment
from gladly_segment.core.past import Span

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DAYS_AGO: Final = re.compile(r"\d{1,5}d", re.ASCII)
_HOW_TO_WRITE: Final = "write a day (2026-08-01, by UTC), a moment (2026-08-01T06:00:00Z), or how long ago: 90d, 36h"

_LONGEST_INTEGRATIONS: Final = 2_000
_EXAMPLE: Final = """write a JSON object as Segment has it: '{"All": false, "Warehouse": true}'"""

_integrations: Final = msgspec.json.Decoder(Mapping[str, bool | Mapping[str, Any]])


def span_of(since: str, until: str, latest: Backfill | None, now: datetime) -> Span:
    """Read the span; without `until` it is that of the one that began there and is not done, else up to now.

    Raises InputError.
    """
    start, now = _moment(since, now), _whole_ms(now)
    if start >= now:
        raise InputError(f"{since!r} is in the future", hint="a backfill brings in what has happened")
    if until:
        end = min(_moment(until, now), now)
        if end <= start:
            raise InputError(
                f"{until!r} is not after {since!r}: nothing is between them", hint="give --until a later time"
            )
        return Span(start, end)
    if latest is not None and latest.phase is not Phase.DONE and latest.order.span.start == start:
        return latest.order.span
    return Span(start, now)


def integrations_of(text: str) -> bytes:
    """Read `integrations`. Raises InputError."""
    try:
        given = _integrations.decode(text)
    except msgspec.DecodeError:
        raise InputError(f"{text!r} says for no destination whether it is to get the events", hint=_EXAMPLE) from None
    written = msgspec.json.encode(given)
    if len(written) > _LONGEST_INTEGRATIONS:
        raise InputError(
            f"--integrations has {len(written)} bytes: every event would carry them",
            hint=f"name fewer destinations; {_LONGEST_INTEGRATIONS} bytes are the most",
        )
    return written


def as_before(latest: Backfill | None, span: Span) -> bytes:
    """Give the `integrations` where none are named: those of the one that goes on, else all destinations."""
    goes_on = latest is not None and latest.phase is not Phase.DONE and latest.order.span.start == span.start
    return latest.order.integrations if latest is not None and goes_on else b"{}"


def _moment(text: str, now: datetime) -> datetime:
    found = parse_moment(f"{text}T00:00:00Z") if _DAY.fullmatch(text) else moment_before(text, now)
    if found is None:
        raise InputError(f"{text!r} is no time", hint=_HOW_TO_WRITE)
    # By the day, so that a plan and its start, a while later, mean the same.
    if _DAYS_AGO.fullmatch(text):
        found = found.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return _whole_ms(found)


def _whole_ms(moment: datetime) -> datetime:
    return parse_moment(format_moment(moment)) or moment
