"""The two simulators' ledgers as the checker reads them: only what it judges by."""

from datetime import datetime
from typing import cast

import msgspec


class Occurrence(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A conversation was opened or closed; `kind` is CREATED or CLOSED, `created_at` the conversation's."""

    event_id: str
    kind: str
    conversation_id: str
    customer_id: str
    at: datetime
    created_at: str


class Delivery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One attempt to deliver a webhook; no status: no answer, but an error's name."""

    event_id: str
    started_at: datetime
    ended_at: datetime
    status: int | None = None
    error: str | None = None


class Deletion(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A customer was deleted, with all conversations."""

    customer_id: str
    at: datetime


class Merge(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A customer was merged into another, of two open conversations one vanishing."""

    source: str
    target: str
    at: datetime
    vanished_conversation_id: str | None = None


class Assignee(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Whose conversation it is."""

    agent_id: str | None = None


class EventContext(msgspec.Struct, frozen=True, kw_only=True):
    """The conversation just before an event."""

    assignee: Assignee


class EventContent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What an event is about."""

    conversation_id: str | None = None
    topic_id: str | None = None
    assignee: Assignee = Assignee()
    context: EventContext | None = None


class GladlyEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event of the organization."""

    type: str
    timestamp: datetime
    content: EventContent


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """An e-mail address or phone number of a customer."""

    original: str | None = None
    normalized: str | None = None
    primary: bool | None = None


class Customer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A customer that still exists, as it is at the end."""

    id: str
    name: str | None = None
    emails: tuple[Contact, ...] | None = None
    phones: tuple[Contact, ...] | None = None
    custom_attributes: object = None
    created_at: str
    updated_at: str


class Conversation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A conversation as it is at the end, or as it was taken in with the past."""

    id: str
    agent_id: str | None = None
    topic_ids: tuple[str, ...] = ()


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """An agent in Gladly's list."""

    id: str
    name: str


class GladlyBooks(msgspec.Struct, frozen=True, kw_only=True):
    """The Gladly simulator's `GET /control/ledger`."""

    occurrences: tuple[Occurrence, ...]
    deliveries: tuple[Delivery, ...]
    events: tuple[GladlyEvent, ...]
    deletions: tuple[Deletion, ...]
    merges: tuple[Merge, ...]
    customers: tuple[Customer, ...]
    conversations: tuple[Conversation, ...]
    """Those that still exist."""
    seeded: tuple[Conversation, ...]
    """Those of the past that have changed or gone since, as they were before."""
    agents: tuple[Agent, ...]


class Stored(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An event that Segment stored."""

    seq: int
    received_at: datetime
    event: dict[str, object]

    @property
    def message_id(self) -> str:
        """The event's messageId, "None" when it has none."""
        return str(self.event.get("messageId"))

    @property
    def properties(self) -> dict[str, object]:
        """The event's properties; none when they are no object."""
        properties = self.event.get("properties")
        return cast("dict[str, object]", properties) if isinstance(properties, dict) else {}


class Dropped(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An event that Segment dropped in silence."""

    reason: str
    request_id: str
    message_id: object = None


class SegmentBooks(msgspec.Struct, frozen=True, kw_only=True):
    """The Segment simulator's `GET /control/ledger`."""

    stored: tuple[Stored, ...]
    duplicates: tuple[object, ...]
    dropped: tuple[Dropped, ...]
