"""What stood in the way of something that was asked for on a page, at the field that it is about."""

import msgspec

from gladly_segment.core.errors import ConnectRefusedError, GladlySegmentError


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """A word for it, the sentence, what to do, and the field, empty for none."""

    reason: str
    message: str
    hint: str
    field: str = ""


def wrong_of(error: GladlySegmentError, field: str = "") -> Wrong:
    """Give an error in its own words."""
    reason = error.reason if isinstance(error, ConnectRefusedError) else error.code
    return Wrong(reason=reason, message=error.message, hint=error.hint, field=field)
