"""Moments in time as text: RFC 3339 in, UTC with exactly three fraction digits out."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

_RFC3339: Final = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)[Tt ]"
    r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:\.(?P<fraction>\d{1,9}))?"
    r"(?:(?P<utc>[Zz])|(?P<sign>[+-])(?P<offset_hour>\d\d):(?P<offset_minute>[0-5]\d))",
    re.ASCII,
)
_LEAP_SECOND: Final = 60


def parse_moment(text: str) -> datetime | None:
    """Read an RFC 3339 time with 0–9 fraction digits and any offset (Gladly fact sheet, webhooks).

    Returns it in UTC, cut to whole milliseconds (never rounded up into the future), or None when it is no time.
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        return None
    leap = int(match["second"]) == _LEAP_SECOND
    try:
        local = datetime(
            int(match["year"]),
            int(match["month"]),
            int(match["day"]),
            int(match["hour"]),
            int(match["minute"]),
            59 if leap else int(match["second"]),
            int((match["fraction"] or "0").ljust(9, "0")[:3]) * 1000,
            tzinfo=_offset(match),
        )
        return local.astimezone(UTC) + timedelta(seconds=1 if leap else 0)
    except (ValueError, OverflowError):
        return None


def exact_moment(text: str) -> str | None:
    """Write an RFC 3339 time in UTC with all of its nine fraction digits, or None when it is no time.

    Two texts give the same exactly when they mean the same instant.
    """
    match, moment = _RFC3339.fullmatch(text), parse_moment(text)
    if match is None or moment is None:
        return None
    seconds = moment.astimezone(UTC).isoformat(timespec="seconds").removesuffix("+00:00")
    return f"{seconds}.{(match['fraction'] or '').ljust(9, '0')}Z"


def _offset(match: re.Match[str]) -> timezone:
    if match["utc"]:
        return UTC
    offset = timedelta(hours=int(match["offset_hour"]), minutes=int(match["offset_minute"]))
    return timezone(-offset if match["sign"] == "-" else offset)


def format_moment(moment: datetime) -> str:
    """Write a moment as `2022-07-08T18:46:37.946Z`: UTC, exactly three fraction digits, cut."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
