"""The conversation family: `Gladly Conversation Created` and `Gladly Conversation Closed` (reference)."""

from collections.abc import Mapping
from typing import Final, TypedDict

import msgspec
from msgspec import UNSET, UnsetType

from gladly_segment.core.entities import Agent, Conversation, CustomerProfile, RawJson
from gladly_segment.core.ids import AgentId, ConversationId, MessageId
from gladly_segment.core.lifecycle import ParkCause
from gladly_segment.core.moments import format_moment, parse_moment
from gladly_segment.core.records import MappingNote
from gladly_segment.mapping.attributes import custom_attributes
from gladly_segment.mapping.contact import email_of, phone_of, scalar
from gladly_segment.mapping.track import ALL_DESTINATIONS, ClosedProperties, CreatedProperties, Mapped, TrackEvent

CREATED_EVENT: Final = "Gladly Conversation Created"
CLOSED_EVENT: Final = "Gladly Conversation Closed"


class Facts(msgspec.Struct, frozen=True):
    """What a mapping draws on. `customer` is the profile that survived all merges.

    `integrations` is the JSON object that says which destinations the event goes to.
    """

    conversation: Conversation
    customer: CustomerProfile
    agents: Mapping[AgentId, Agent]
    integrations: RawJson = ALL_DESTINATIONS


class _Shared(TypedDict):
    agent_id: AgentId | UnsetType
    agent_name: str | UnsetType
    conversation_id: ConversationId
    customer_name: str | UnsetType
    email: str | UnsetType
    phone: str | UnsetType
    custom_attributes: RawJson


def map_created(facts: Facts, message_id: MessageId) -> Mapped | ParkCause:
    """Map a creation. The status is that of the event: a late one still says OPEN."""
    shared, notes = _shared(facts)
    properties = CreatedProperties(**shared, status="OPEN")
    return _track(CREATED_EVENT, properties, facts, message_id, notes)


def map_closed(facts: Facts, message_id: MessageId) -> Mapped | ParkCause:
    """Map a closing. The status is that of the event: a late one still says CLOSED after a reopen."""
    shared, notes = _shared(facts)
    topic_ids = facts.conversation.topic_ids or ()
    properties = ClosedProperties(**shared, status="CLOSED", topic_ids=topic_ids)
    return _track(CLOSED_EVENT, properties, facts, message_id, notes)


def _track(
    name: str,
    properties: CreatedProperties | ClosedProperties,
    facts: Facts,
    message_id: MessageId,
    notes: tuple[MappingNote, ...],
) -> Mapped | ParkCause:
    created_at = parse_moment(facts.conversation.created_at)
    if created_at is None:
        return ParkCause.CONVERSATION_UNREADABLE
    event = TrackEvent(
        event=name,
        integrations=facts.integrations,
        message_id=message_id,
        properties=properties,
        timestamp=format_moment(created_at),
        user_id=facts.customer.id,
    )
    return Mapped(event, notes)


def _shared(facts: Facts) -> tuple[_Shared, tuple[MappingNote, ...]]:
    agent_id = scalar(facts.conversation.agent_id)
    agent = facts.agents.get(AgentId(agent_id)) if agent_id else None
    phone, phone_dropped = phone_of(facts.customer)
    attributes, attributes_dropped = custom_attributes(facts.customer.custom_attributes)
    shared = _Shared(
        agent_id=AgentId(agent_id) if agent_id else UNSET,
        agent_name=_or_unset(agent.name if agent else None),
        conversation_id=facts.conversation.id,
        customer_name=_or_unset(facts.customer.name),
        email=_or_unset(email_of(facts.customer)),
        phone=_or_unset(phone),
        custom_attributes=attributes,
    )
    noted = {
        MappingNote.PHONE_NOT_A_NUMBER: phone_dropped,
        MappingNote.CUSTOM_ATTRIBUTES_NOT_AN_OBJECT: attributes_dropped,
        MappingNote.AGENT_NOT_LISTED: bool(agent_id) and agent is None,
    }
    return shared, tuple(note for note, applies in noted.items() if applies)


def _or_unset(text: str | None) -> str | UnsetType:
    return scalar(text) or UNSET
