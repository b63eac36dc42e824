"""Times as they stand in the addresses of pages, and the ways from one to another."""

from datetime import datetime

import msgspec

from gladly_segment.admin.answers import BAD_QUERY, Refused
from gladly_segment.core.moments import HOW_TO_WRITE_A_MOMENT, format_moment, moment_before


class Way(msgspec.Struct, frozen=True):
    """A way to another time; `taken` marks where one is. `href` is None where there is none."""

    text: str
    href: str | None
    taken: bool = False


def moment_of(name: str, text: str, now: datetime) -> datetime:
    """Read the moment that an address gives under a name. Raises Refused when it is none."""
    found = moment_before(text, now)
    if found is None:
        raise refused(f"{name} is no time: {HOW_TO_WRITE_A_MOMENT}")
    return found


def minute_of(at: datetime) -> str:
    """Write a whole minute as RFC 3339, for an address."""
    return format_moment(at).replace(":00.000Z", ":00Z")


def refused(hint: str) -> Refused:
    """Say what is wrong with an address."""
    return Refused(msgspec.structs.replace(BAD_QUERY, hint=hint), 400)
