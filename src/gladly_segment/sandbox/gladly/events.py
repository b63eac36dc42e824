"""Gladly's events: what webhooks carry and the Events API lists (Gladly fact sheet)."""

from enum import StrEnum
from typing import NewType

import msgspec
from msgspec import UNSET, UnsetType

from gladly_segment.sandbox.gladly.records import (
    AgentId,
    ConversationId,
    CustomerId,
    InboxId,
    Initiator,
    Record,
    TopicId,
)

EventId = NewType("EventId", str)


class EventType(StrEnum):
    """The events this sandbox sends."""

    CONVERSATION_CREATED = "CONVERSATION/CREATED"
    CONVERSATION_CLOSED = "CONVERSATION/CLOSED"
    CONVERSATION_REOPENED = "CONVERSATION/REOPENED"
    TOPIC_ADDED = "CONVERSATION/TOPIC_ADDED"
    TOPIC_REMOVED = "CONVERSATION/TOPIC_REMOVED"
    STATUS_UPDATED = "CONVERSATION_STATUS/UPDATED"
    ASSIGNEE_UPDATED = "CONVERSATION_ASSIGNEE/UPDATED"
    CUSTOMER_MERGED = "CUSTOMER/MERGED"
    PROFILE_CREATED = "CUSTOMER_PROFILE/CREATED"
    PROFILE_UPDATED = "CUSTOMER_PROFILE/UPDATED"
    PROFILE_DELETED = "CUSTOMER_PROFILE/DELETED"
    EXPORT_COMPLETED = "EXPORT_JOB/COMPLETED"
    EXPORT_FAILED = "EXPORT_JOB/FAILED"
    PING = "PING"


class Assignee(Record, frozen=True, kw_only=True):
    """The inbox, and the agent where there is one."""

    inbox_id: InboxId
    agent_id: AgentId | UnsetType = UNSET


class Context(Record, frozen=True, kw_only=True):
    """The conversation just before the event."""

    assignee: Assignee


class ConversationContent(Record, frozen=True, kw_only=True):
    """Of Created, Closed and Reopened, with `context`; of a status update, without."""

    customer_id: CustomerId
    conversation_id: ConversationId
    context: Context | UnsetType = UNSET


class TopicContent(Record, frozen=True, kw_only=True):
    """Of a topic added or removed."""

    customer_id: CustomerId
    conversation_id: ConversationId
    topic_id: TopicId
    context: Context


class AssigneeContent(Record, frozen=True, kw_only=True):
    """Of a changed assignee: the new one; the old one is in `context`."""

    customer_id: CustomerId
    conversation_id: ConversationId
    reason: str
    assignee: Assignee
    context: Context


class MergeContent(Record, frozen=True, kw_only=True):
    """Of merged customers; the conversations only where two open ones became one."""

    source_customer_id: CustomerId
    source_conversation_id: ConversationId | UnsetType = UNSET
    destination_customer_id: CustomerId
    destination_conversation_id: ConversationId | UnsetType = UNSET


class ProfileContent(Record, frozen=True, kw_only=True):
    """Of a customer profile."""

    customer_id: CustomerId


class JobContent(Record, frozen=True, kw_only=True):
    """Of an export job."""

    job_id: str


class EmptyContent(Record, frozen=True, kw_only=True):
    """Of a PING."""


EventContent = (
    ConversationContent | TopicContent | AssigneeContent | MergeContent | ProfileContent | JobContent | EmptyContent
)


class Event(Record, frozen=True, kw_only=True):
    """One event as it stands in a webhook's body and in a line of the Events API."""

    id: EventId
    type: EventType
    timestamp: str
    initiator: Initiator | UnsetType = UNSET
    content: EventContent


class RecordedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event, its instant and its JSON: webhooks and the Events API send the same bytes."""

    event: Event
    at_ns: int
    body: bytes


ENTITIES = frozenset(
    {
        "AGENT_AVAILABILITY",
        "AGENT_STATUS",
        "CONTACT",
        "CONVERSATION",
        "CUSTOMER",
        "CUSTOMER_PROFILE",
        "PAYMENT_REQUEST",
        "TASK",
    }
)
"""What the Events API can be asked for (Gladly's published API description)."""


def entity_of(event_type: EventType) -> str:
    """The entity under which the Events API lists the type (Gladly's published API description).

    A conversation's assignee belongs to CONVERSATION. Its status has an entity that cannot be asked for, and so
    have export jobs: these come by webhook only.
    """
    return "CONVERSATION" if event_type is EventType.ASSIGNEE_UPDATED else event_type.partition("/")[0]


_SUBSCRIBABLE_BY_ENTITY = {
    "AGENT_AVAILABILITY": "FOCUS_ENTERED FOCUS_EXITED UPDATED",
    "AGENT_STATUS": "CHANGED_ACTIVE_REASON LOGGED_IN LOGGED_OUT RETURNED_FROM_AWAY WENT_AWAY",
    "AUTOMATION": "MESSAGE_RECEIVED",
    "CONTACT": (
        "ENDED FULFILLED HOLD_ENDED HOLD_STARTED JOINED MESSAGE_RECEIVED MESSAGE_SENT OFFERED "
        "OFFER_ACCEPTED OFFER_REJECTED STARTED TRANSFERRED"
    ),
    "CONVERSATION": (
        "CLOSED CREATED CUSTOM_ATTRIBUTE_ADDED CUSTOM_ATTRIBUTE_REMOVED NOTE_CREATED REOPENED TOPIC_ADDED TOPIC_REMOVED"
    ),
    "CONVERSATION_ASSIGNEE": "UPDATED",
    "CONVERSATION_STATUS": "UPDATED",
    "CUSTOMER": "MERGED",
    "CUSTOMER_PROFILE": "CREATED DELETED MERGED UPDATED",
    "CUSTOM_CHANNEL": "MESSAGE_SENT",
    "EXPORT_JOB": "COMPLETED FAILED",
    "PAYMENT_REQUEST": "CREATED STATUS_CHANGED VIEWED",
    "TASK": (
        "ASSIGNEE_UPDATED CLOSED COMMENT_ADDED CONTENT_UPDATED CREATED DUE_DATE_UPDATED FOLLOWER_ADDED "
        "FOLLOWER_REMOVED REOPENED"
    ),
}

SUBSCRIBABLE = frozenset(
    f"{entity}/{verb}" for entity, verbs in _SUBSCRIBABLE_BY_ENTITY.items() for verb in verbs.split()
)
"""Types a webhook can ask for (Gladly's published API description); PING comes unasked."""
