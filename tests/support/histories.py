"""Builders of receipts with their histories, as the journal gives them."""

from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from gladly_segment.core.ids import Lane, MessageId, Seq
from gladly_segment.core.lifecycle import State
from gladly_segment.core.moments import format_moment
from gladly_segment.core.provenance import Fetched, Origin, Resource
from gladly_segment.core.records import Attempt, History, Source
from gladly_segment.mapping.conversation import CLOSED_EVENT, CREATED_EVENT
from tests.support.clock import START
from tests.support.receipts import SHOP, conversation_event

ANSWER: Final = "200 in 35 ms, 1 event in the batch"
FETCHED: Final = (
    Fetched(resource=Resource.CONVERSATION, id="c-1", origin=Origin.GLADLY, age_s=0.0),
    Fetched(resource=Resource.CUSTOMER_PROFILE, id="u-1", origin=Origin.MEMORY, age_s=12.3),
)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def track_event(kind: str = "CLOSED", **properties: Any) -> bytes:
    """Write a track event as it stands in the journal; a property that is None is left out."""
    usual: dict[str, Any] = {
        "agentId": "a-1",
        "agentName": "Bo",
        "conversationId": "c-1",
        "customerName": "Ann",
        "email": "ann@example.com",
        "phone": "+15555550100",
        "customAttributes": {"tier": "gold"},
        "status": "OPEN" if kind == "CREATED" else "CLOSED",
    }
    closed = {"topicIds": ["t-1"]} if kind == "CLOSED" else {}
    given = {name: value for name, value in (usual | closed | properties).items() if value is not None}
    return msgspec.json.encode(
        {
            "context": {"library": {"name": "unknown", "version": "unknown"}},
            "event": CREATED_EVENT if kind == "CREATED" else CLOSED_EVENT,
            "integrations": {},
            "messageId": "gladly-1",
            "properties": given,
            "timestamp": format_moment(START),
            "type": "track",
            "userId": "u-1",
        }
    )


def attempt(seconds: float, by: str, outcome: str, **fields: Any) -> Attempt:
    """Make a step `seconds` after the start."""
    usual: dict[str, Any] = {"reason": "", "detail": "", "due_at": None}
    return Attempt(at=after(seconds), by=by, outcome=outcome, **(usual | fields))


def sent(seq: int = 1, **fields: Any) -> History:
    """Make the closing of a conversation that occurred at the start, was received a second later, and was sent."""
    usual: dict[str, Any] = {
        "state": State.DELIVERED,
        "message_id": MessageId("gladly-1"),
        "payload": track_event(),
        "fetched": FETCHED,
        "attempts": (attempt(1.2, "enrich", "ready"), attempt(1.4, "deliver", "delivered", detail=ANSWER)),
    }
    return received(seq, **(usual | fields))


def received(seq: int = 1, **fields: Any) -> History:
    """Make one that was received and no more."""
    usual: dict[str, Any] = {
        "seq": Seq(seq),
        "organization": SHOP,
        "lane": Lane("conversation:c-1"),
        "event_type": "CONVERSATION/CLOSED",
        "event_id": f"event-{seq}",
        "occurred_at": START,
        "received_at": after(1),
        "source": Source.WEBHOOK,
        "state": State.RECEIVED,
        "reason": "",
        "detail": "",
        "attempts_failed": 0,
        "due_at": after(1),
        "message_id": MessageId(""),
        "notes": (),
        "body": conversation_event("CLOSED"),
        "payload": b"",
        "attempts": (),
    }
    return History(**(usual | fields))
