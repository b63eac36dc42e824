"""What a settlement tells the outside."""

from datetime import datetime

from gladly_segment.core.lifecycle import State
from gladly_segment.core.records import (
    Deferred,
    Delivered,
    Entry,
    Ignored,
    MadeReady,
    Parked,
    Settlement,
    Suppressed,
)
from gladly_segment.core.signals import ReceiptSettled


def settled_signal(entry: Entry, settlement: Settlement, now: datetime) -> ReceiptSettled | None:
    """Describe the state that an entry entered; None when it stayed where it was."""
    match settlement:
        case MadeReady():
            state, reason, detail = State.READY, "", ""
        case Delivered():
            state, reason, detail = State.DELIVERED, "", ""
        case Suppressed(reason=why):
            state, reason, detail = State.SUPPRESSED, str(why), ""
        case Ignored(reason=why):
            state, reason, detail = State.IGNORED, str(why), ""
        case Parked(cause=cause, detail=text):
            state, reason, detail = State.PARKED, str(cause), text
        case Deferred():
            return None
    seconds = (now - entry.received_at).total_seconds()
    return ReceiptSettled(entry.organization, entry.seq, state, reason, detail, seconds)
