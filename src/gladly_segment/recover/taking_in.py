"""What was missed goes into the journal as if it had come by webhook, in the order in which it is given."""

import asyncio
from collections.abc import Sequence

from gladly_segment.core.records import Appended, Receipt
from gladly_segment.core.signals import ReceiptAppended
from gladly_segment.mapping.intake import told_type
from gladly_segment.ports.journal import Journal
from gladly_segment.ports.observer import Observer


async def append_all(journal: Journal, receipts: Sequence[Receipt], observer: Observer) -> int:
    """Append a few dozen receipts, which share a sync; tell how many were new. Raises JournalUnavailableError."""
    # Tasks begin in the order in which they are made, and so the journal is called in the order of the events.
    new = 0
    for receipt, appended in zip(receipts, await asyncio.gather(*map(journal.append, receipts)), strict=True):
        if appended is Appended.NEW:
            new += 1
            observer.emit(_appended(receipt))
    return new


def _appended(receipt: Receipt) -> ReceiptAppended:
    return ReceiptAppended(
        organization=receipt.organization,
        event_type=told_type(receipt.event_type),
        event_id=receipt.event_id,
        disposition=Appended.NEW,
        key=receipt.key,
        lane=receipt.lane,
        state=receipt.state,
        received_at=receipt.received_at,
    )
