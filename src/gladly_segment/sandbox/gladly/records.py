"""The resources of the Gladly API, in the shape they have on the wire (Gladly fact sheet)."""

from enum import StrEnum
from typing import NewType

import msgspec
from msgspec import UNSET, Raw, UnsetType

AgentId = NewType("AgentId", str)
TopicId = NewType("TopicId", str)
InboxId = NewType("InboxId", str)
CustomerId = NewType("CustomerId", str)
ConversationId = NewType("ConversationId", str)


class Record(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """Camel-case on the wire; an unset field is absent there. A tree of values: nothing in it points back."""

    def given(self) -> dict[str, object]:
        """The fields that are set, by attribute name."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value is not UNSET}


class Agent(Record, frozen=True, kw_only=True):
    """A person who helps customers."""

    id: AgentId
    name: str
    email_address: str


class Topic(Record, frozen=True, kw_only=True):
    """A label for conversations."""

    id: TopicId
    name: str
    disabled: bool = False
    parent_id: TopicId | UnsetType = UNSET


class Inbox(Record, frozen=True, kw_only=True):
    """Where conversations wait for an agent."""

    id: InboxId
    name: str
    disabled: bool = False


class CustomerFields(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a scenario says of a customer: kept and shown as the very JSON it gave, odd or not."""

    name: Raw | UnsetType = UNSET
    image: Raw | UnsetType = UNSET
    address: Raw | UnsetType = UNSET
    emails: Raw | UnsetType = UNSET
    phones: Raw | UnsetType = UNSET
    external_customer_id: Raw | UnsetType = UNSET
    external_customer_ids: Raw | UnsetType = UNSET
    custom_attributes: Raw | UnsetType = UNSET


class CustomerProfile(CustomerFields, frozen=True, kw_only=True):
    """A customer as `GET /customer-profiles/{id}` shows it."""

    id: CustomerId
    created_at: str
    updated_at: str


class ConversationStatus(StrEnum):
    """Where a conversation stands."""

    OPEN = "OPEN"
    WAITING = "WAITING"
    CLOSED = "CLOSED"


class ConversationAttribute(Record, frozen=True, kw_only=True):
    """A custom attribute of a conversation."""

    id: str
    value: str


class Conversation(Record, frozen=True, kw_only=True):
    """A conversation as `GET /conversations/{id}` shows it."""

    id: ConversationId
    customer_id: CustomerId
    agent_id: AgentId | UnsetType = UNSET
    inbox_id: InboxId
    custom_attributes: tuple[ConversationAttribute, ...] = ()
    topic_ids: tuple[TopicId, ...] | UnsetType = UNSET
    created_at: str
    closed_at: str | UnsetType = UNSET
    status: ConversationStatus


class Initiator(Record, frozen=True, kw_only=True):
    """Who caused an event or a timeline item."""

    id: str
    type: str


class StatusChange(Record, frozen=True, kw_only=True, tag_field="type", tag="CONVERSATION_STATUS_CHANGE"):
    """Timeline content: the conversation's new status."""

    status: ConversationStatus


class TopicChange(Record, frozen=True, kw_only=True, tag_field="type", tag="TOPIC_CHANGE"):
    """Timeline content: topics set and taken off."""

    added_topic_ids: tuple[TopicId, ...]
    removed_topic_ids: tuple[TopicId, ...]


class ConversationItem(Record, frozen=True, kw_only=True):
    """One entry of a conversation's timeline."""

    id: str
    customer_id: CustomerId
    conversation_id: ConversationId
    timestamp: str
    initiator: Initiator
    content: StatusChange | TopicChange
