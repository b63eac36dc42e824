"""Reports as Gladly writes them, and what they tell."""

from datetime import UTC, datetime

from gladly_segment.core.ids import ConversationId, CustomerId
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.past import PastOccurrence
from gladly_segment.core.records import Source

HEADER = (
    "Timezone Filter,Timestamp,Event Type,Conversation ID,Customer ID,"
    "Topic Name,Merged Customer ID,Merged Conversation ID"
)


def row(
    time: str = "2026-02-03T09:00:00.123Z",
    event: str = "CONVERSATION/CREATED",
    conversation: str = "c-1",
    customer: str = "u-1",
    *rest: str,
) -> str:
    return ",".join(("UTC", time, event, conversation, customer, *(rest or ("", "", ""))))


def csv(*rows: str, header: str = HEADER, end: str = "\n") -> bytes:
    return "".join(f"{each}{end}" for each in (header, *rows)).encode()


def occurrence(
    conversation: str = "c-1",
    kind: EventKind = EventKind.CREATED,
    customer: str | None = "u-1",
    told: str = "2026-02-03T09:00:00.123Z",
    at: datetime = datetime(2026, 2, 3, 9, 0, 0, 123_000, UTC),
) -> PastOccurrence:
    return PastOccurrence(
        kind=kind,
        conversation=ConversationId(conversation),
        customer=None if customer is None else CustomerId(customer),
        at=at,
        told=told,
        source=Source.REPORT,
    )
