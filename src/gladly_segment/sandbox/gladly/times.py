"""Instants are integers, nanoseconds since the epoch (`_ns`); on the wire they are RFC 3339 in UTC."""

import re
from datetime import UTC, datetime, timedelta

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII)


def rfc3339_ms(at_ns: int) -> str:
    """Exactly 3 digits, cut, as resources show their times (Gladly fact sheet)."""
    return f"{_whole_seconds(at_ns)}.{at_ns % NS_PER_S // 1_000_000:03d}Z"


def rfc3339_us(at_ns: int) -> str:
    """Exactly 6 digits, cut, as the ledger shows its times."""
    return f"{_whole_seconds(at_ns)}.{at_ns % NS_PER_S // 1_000:06d}Z"


def rfc3339_nano(at_ns: int) -> str:
    """0 to 9 digits without trailing zeros: Go's RFC3339Nano, as events show their time."""
    fraction = f"{at_ns % NS_PER_S:09d}".rstrip("0")
    return f"{_whole_seconds(at_ns)}{'.' if fraction else ''}{fraction}Z"


def parse_rfc3339(text: str) -> int:
    """The instant in nanoseconds. Raises ValueError for anything but RFC 3339 with at most 9 digits."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError("not an RFC 3339 time")
    whole = datetime.fromisoformat(match[1] + match[3].replace("Z", "+00:00"))
    return (whole - _EPOCH) // timedelta(seconds=1) * NS_PER_S + int((match[2] or "").ljust(9, "0"))


def _whole_seconds(at_ns: int) -> str:
    return f"{_EPOCH + timedelta(seconds=at_ns // NS_PER_S):%Y-%m-%dT%H:%M:%S}"
