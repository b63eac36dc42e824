"""Times as Segment writes them: UTC, three digits, `Z`."""

from datetime import UTC, datetime


def parse_time(text: object) -> datetime | None:
    """Read an ISO 8601 time of any precision and offset, UTC where it names none; None when it is no time."""
    if not isinstance(text, str):
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def format_time(time: datetime) -> str:
    """Write `time` (aware) as `2022-07-08T18:46:37.946Z`."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def to_milliseconds(time: datetime) -> datetime:
    """Cut `time` to the precision Segment keeps."""
    return time.replace(microsecond=time.microsecond // 1000 * 1000)
