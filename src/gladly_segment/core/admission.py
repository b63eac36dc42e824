"""What Segment would drop while answering 200, found before it is sent (Segment fact sheet, answers and limits).

Its bound of 10 000 properties needs no check: so many do not fit into the bytes of one event.
"""

from typing import Final

import msgspec

from gladly_segment.core.batching import MAX_EVENT_BYTES
from gladly_segment.core.lifecycle import ParkCause
from gladly_segment.core.moments import parse_moment

_MESSAGE_ID_BOUND: Final = 100


class _Stored(msgspec.Struct):
    event: str = ""
    user_id: str = msgspec.field(name="userId", default="")
    message_id: str = msgspec.field(name="messageId", default="")
    timestamp: str = ""


_decoder: Final = msgspec.json.Decoder(_Stored)


def refusal(payload: bytes) -> ParkCause | None:
    """Say why Segment would drop this track event silently, or None when it is fit to be sent."""
    if len(payload) > MAX_EVENT_BYTES:
        return ParkCause.EVENT_TOO_LARGE
    try:
        event = _decoder.decode(payload)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return ParkCause.PAYLOAD_UNREADABLE
    if not event.user_id.strip():
        return ParkCause.NO_USER
    if not event.event.strip():
        return ParkCause.NO_EVENT_NAME
    if not 0 < len(event.message_id) < _MESSAGE_ID_BOUND:
        return ParkCause.BAD_MESSAGE_ID
    if parse_moment(event.timestamp) is None:
        return ParkCause.BAD_TIMESTAMP
    return None
