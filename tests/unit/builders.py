"""Gladly's entities as its API returns them, the events mapped from them, and the data of the reference document."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from gladly_segment.core.entities import Agent, Conversation, CustomerProfile
from gladly_segment.core.ids import Lane, MessageId, OrganizationId, ReceiptKey, Seq
from gladly_segment.core.lifecycle import State
from gladly_segment.core.records import Entry, MappingNote, Source
from gladly_segment.gladly.wire import decode
from gladly_segment.mapping.conversation import Facts, map_closed, map_created
from gladly_segment.mapping.registry import MapFunction
from gladly_segment.mapping.track import Mapped, encode

T = TypeVar("T")

EVENTS: Final = ("created", "closed")
MOMENT: Final = datetime(2022, 7, 8, 18, 46, 37, 946_000, tzinfo=UTC)
CREATED_AT: Final = "2022-07-08T18:46:37.946Z"

REFERENCE: Final = Path(__file__).parents[1] / "reference"
"""The reference document as data: its two JSON documents (`created`, `closed`; a stray comma, tabs and no-break spaces
mended), its two tables (`fields`), and answers of Gladly's API (`conversation`, `customer`, `agents`) in which the
documents' placeholders stand for their values."""

PHONE_PLACEHOLDER: Final = "<Gladly Customer Primary Phone>"
PHONE_NUMBER: Final = "+14155550123"
"""What stands for the one placeholder that cannot stand for itself: it is no phone number."""

_MAP: Final[dict[str, MapFunction]] = {"created": map_created, "closed": map_closed}


def reference(name: str) -> Any:
    text = (REFERENCE / f"{name}.json").read_text(encoding="utf-8")
    return json.loads(text.replace(PHONE_PLACEHOLDER, PHONE_NUMBER))


def from_gladly(answer: object, type_: type[T]) -> T:
    """Read an answer of Gladly's API as the service does."""
    return decode(json.dumps(answer, ensure_ascii=False).encode(), msgspec.json.Decoder(type_))


def a_conversation(**fields: Any) -> Conversation:
    required = {"id": "conversation-1", "customerId": "customer-1", "createdAt": CREATED_AT, "status": "OPEN"}
    return from_gladly({**required, **fields}, Conversation)


def a_customer(**fields: Any) -> CustomerProfile:
    return from_gladly({"id": "customer-1", **fields}, CustomerProfile)


def facts(
    conversation: Conversation | None = None, customer: CustomerProfile | None = None, agents: object = ()
) -> Facts:
    """What a mapping draws on; without arguments, the least that Gladly returns."""
    listed = from_gladly(agents, tuple[Agent, ...])
    return Facts(conversation or a_conversation(), customer or a_customer(), {agent.id: agent for agent in listed})


def mapped(event: str, drawn_on: Facts, message_id: str = "message-1") -> Mapped:
    outcome = _MAP[event](drawn_on, MessageId(message_id))
    assert isinstance(outcome, Mapped), outcome
    return outcome


def sent(event: str, drawn_on: Facts) -> dict[str, Any]:
    """The event as it stands in a batch."""
    return json.loads(encode(mapped(event, drawn_on).event))


def noted(drawn_on: Facts) -> tuple[MappingNote, ...]:
    created, closed = (mapped(event, drawn_on).notes for event in EVENTS)
    assert created == closed
    return created


def ready(payload: bytes, seq: int = 1) -> Entry:
    """An entry that waits for delivery."""
    return Entry(
        seq=Seq(seq),
        organization=OrganizationId("acme"),
        key=ReceiptKey(f"key-{seq}"),
        lane=Lane(f"conversation:{seq}"),
        event_type="CONVERSATION/CREATED",
        source=Source.WEBHOOK,
        state=State.READY,
        entered_at=MOMENT,
        received_at=MOMENT,
        attempts=0,
        body=b"{}",
        payload=payload,
        message_id=MessageId(f"message-{seq}"),
    )
