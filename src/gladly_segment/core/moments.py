"""Moments in time: read from text, written as text or as a number, cut to steps; and how long something takes."""

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
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_AGO: Final = re.compile(r"(?P<number>\d{1,5})(?P<unit>[mhd])", re.ASCII)
_AGO_UNITS: Final = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}

HOW_TO_WRITE_A_MOMENT: Final = "write 2026-11-24T06:00:00Z, or how long ago: 90m, 36h, 7d"
_UNITS: Final = {"days": 86_400, "h": 3_600, "min": 60}


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


def moment_before(text: str, now: datetime) -> datetime | None:
    """Read a moment as people write it: RFC 3339, or how long before now (`90m`, `36h`, `7d`); None when it is none."""
    ago = _AGO.fullmatch(text)
    return parse_moment(text) if ago is None else now - int(ago["number"]) * _AGO_UNITS[ago["unit"]]


def _offset(match: re.Match[str]) -> timezone:
    if match["utc"]:
        return UTC
    offset = timedelta(hours=int(match["offset_hour"]), minutes=int(match["offset_minute"]))
    return timezone(-offset if match["sign"] == "-" else offset)


def format_moment(moment: datetime) -> str:
    """Write a moment as `2022-07-08T18:46:37.946Z`: UTC, exactly three fraction digits, cut."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_ms(moment: datetime) -> int:
    """Count whole milliseconds since 1970, exactly."""
    return (moment - _EPOCH) // _MILLISECOND


def to_moment(ms: int) -> datetime:
    """Turn milliseconds since 1970 into a moment."""
    return _EPOCH + ms * _MILLISECOND


def floor(moment: datetime, step: timedelta) -> datetime:
    """Give the latest whole step, reckoned from 1970 on, that is not after a moment."""
    return moment - (moment - _EPOCH) % step


def ceil(moment: datetime, step: timedelta) -> datetime:
    """Give the earliest whole step that is not before a moment."""
    return moment + (_EPOCH - moment) % step


def in_words(span: timedelta) -> str:
    """Write how long something takes, for a person: `45 s`, `12 min`, `3 h`, `2 days`."""
    seconds = max(0.0, span.total_seconds())
    for unit, length in _UNITS.items():
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
