"""The track event as it stands in a batch, in the reference's key order (Segment Integration Toolkit, JSON)."""

from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from gladly_segment.core.entities import RawJson
from gladly_segment.core.ids import AgentId, ConversationId, CustomerId, MessageId, TopicId
from gladly_segment.core.records import MappingNote


class Library(msgspec.Struct, frozen=True):
    """The sending library. The reference's events show an unknown one, and so do ours on every Segment-like host."""

    name: str = "unknown"
    version: str = "unknown"


class Context(msgspec.Struct, frozen=True):
    """The event's context."""

    library: Library = Library()


ALL_DESTINATIONS: Final[RawJson] = msgspec.Raw(b"{}")
"""The `integrations` of an event that goes to all destinations of its source."""


class CreatedProperties(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Properties of `Gladly Conversation Created`: absent scalars are left out, collections are always there."""

    agent_id: AgentId | UnsetType = UNSET
    agent_name: str | UnsetType = UNSET
    conversation_id: ConversationId
    customer_name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    custom_attributes: RawJson
    status: str


class ClosedProperties(CreatedProperties, frozen=True, kw_only=True, rename="camel"):
    """Properties of `Gladly Conversation Closed`."""

    topic_ids: tuple[TopicId, ...]


class TrackEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One item of a batch. `timestamp` is the conversation's creation, for both events (reference, fields)."""

    context: Context = Context()
    event: str
    integrations: RawJson = ALL_DESTINATIONS
    message_id: MessageId
    properties: CreatedProperties | ClosedProperties
    timestamp: str
    type: str = "track"
    user_id: CustomerId


class Mapped(msgspec.Struct, frozen=True):
    """A track event, and what had to be left out of it."""

    event: TrackEvent
    notes: tuple[MappingNote, ...]


_encoder: Final = msgspec.json.Encoder()


def encode(event: TrackEvent) -> bytes:
    """Write the event's JSON."""
    return _encoder.encode(event)
