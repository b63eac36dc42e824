"""What a settlement tells the outside."""

from collections.abc import Iterator
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
from gladly_segment.core.signals import ReceiptSettled, WorkEnded
from gladly_segment.core.work import Work


def settled_signals(
    entry: Entry, work: Work, settlement: Settlement, now: datetime
) -> Iterator[WorkEnded | ReceiptSettled]:
    """Tell that an attempt ended and, unless the entry stayed where it was, what state it entered."""
    state, reason, detail = _outcome(entry, settlement)
    yield WorkEnded(work, state, reason, detail)
    if state is not entry.state:
        seconds = None if entry.source.is_of_the_past else (now - entry.received_at).total_seconds()
        yield ReceiptSettled(entry.organization, entry.seq, state, reason, detail, seconds)


def _outcome(entry: Entry, settlement: Settlement) -> tuple[State, str, str]:
    match settlement:
        case MadeReady():
            return State.READY, "", ""
        case Delivered(answer=answer):
            return State.DELIVERED, "", answer
        case Suppressed(reason=why):
            return State.SUPPRESSED, str(why), ""
        case Ignored(reason=why):
            return State.IGNORED, str(why), ""
        case Parked(cause=cause, detail=text):
            return State.PARKED, str(cause), text
        case Deferred(detail=text):
            return entry.state, "", text
