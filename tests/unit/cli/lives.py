"""What becomes of a conversation's events in the journal of a service."""

from datetime import timedelta
from typing import Final

from gladly_segment.core.identity import message_id
from gladly_segment.core.lifecycle import ParkCause, Stage, SuppressReason
from gladly_segment.core.provenance import Fetched, Origin, Resource
from gladly_segment.core.records import Deferred, Delivered, MadeReady, MappingNote, Parked, Receipt, Suppressed
from gladly_segment.ports.journal import Journal
from tests.support.clock import START
from tests.support.receipts import SHOP, conversation_event, taken_in

DUE_AT: Final = START + timedelta(seconds=2)
ANSWER: Final = "200 in 35 ms, 1 event in the batch"
FETCHED: Final = (
    Fetched(resource=Resource.CONVERSATION, id="c-1", origin=Origin.GLADLY, age_s=0.0),
    Fetched(resource=Resource.CUSTOMER_PROFILE, id="u-1", origin=Origin.MEMORY, age_s=12.3),
)
EVENT: Final = b'{"event":"Gladly Conversation Closed","userId":"u-1"}'


def closed(conversation: str = "c-1") -> Receipt:
    return taken_in(conversation_event("CLOSED", conversation))


async def receive(journal: Journal, receipt: Receipt | None = None) -> None:
    await journal.append(receipt or closed())


async def make_ready(journal: Journal, payload: bytes = EVENT, *notes: MappingNote) -> None:
    entries = await journal.claim(Stage.ENRICH, SHOP, 1000)
    await journal.settle([MadeReady(each.seq, payload, message_id(each.key), notes, FETCHED) for each in entries])


async def deliver(journal: Journal, receipt: Receipt | None = None) -> None:
    await receive(journal, receipt)
    await make_ready(journal)
    await journal.settle([Delivered(each.seq, ANSWER) for each in await journal.claim(Stage.DELIVER, SHOP, 1000)])


async def suppress(journal: Journal) -> None:
    await receive(journal)
    [entry] = await journal.claim(Stage.ENRICH, SHOP, 1000)
    gone = Fetched(resource=Resource.CUSTOMER_PROFILE, id="u-1", origin=Origin.GLADLY, age_s=0.0, found=False)
    await journal.settle([Suppressed(entry.seq, SuppressReason.CUSTOMER_DELETED, (FETCHED[0], gone))])


async def park(
    journal: Journal,
    receipt: Receipt | None = None,
    *,
    cause: ParkCause = ParkCause.REQUEST_REFUSED,
    detail: str = "HTTP 400",
    payload: bytes = EVENT,
) -> None:
    await receive(journal, receipt)
    await make_ready(journal, payload)
    [entry] = await journal.claim(Stage.DELIVER, SHOP, 1000)
    await journal.settle([Parked(entry.seq, cause, detail)])


async def defer(journal: Journal, detail: str = "HTTP 503") -> None:
    await receive(journal)
    [entry] = await journal.claim(Stage.ENRICH, SHOP, 1000)
    await journal.settle([Deferred(entry.seq, DUE_AT, counted=True, detail=detail)])
