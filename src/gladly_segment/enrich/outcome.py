"""From a claimed event to its outcome: which entities are read, and what they mean for it."""

from collections.abc import Mapping

from gladly_segment.core.entities import Agent
from gladly_segment.core.identity import message_id
from gladly_segment.core.ids import AgentId, CustomerId
from gladly_segment.core.lifecycle import IgnoreReason, ParkCause, SuppressReason
from gladly_segment.core.privacy import PrivacyPolicy
from gladly_segment.core.records import Entry, Ignored, MadeReady, Parked, Settlement, Suppressed
from gladly_segment.mapping.conversation import Facts
from gladly_segment.mapping.intake import NotAnEvent, WireContent, read_event
from gladly_segment.mapping.privacy import protect
from gladly_segment.mapping.registry import MAPPINGS, EventMapping
from gladly_segment.mapping.track import encode
from gladly_segment.ports.entities import Entities, Gone


def note_profile_change(entry: Entry, entities: Entities) -> Settlement | None:
    """Drop what is remembered of the customers of a profile event; None for every other event. No call is made."""
    if entry.event_type in MAPPINGS:
        return None
    for customer in _content(entry).customers():
        entities.forget(customer)
    return Ignored(entry.seq, IgnoreReason.PROFILE_CHANGE_NOTED)


async def enrich(entry: Entry, entities: Entities, privacy: PrivacyPolicy) -> Settlement:
    """Read the entities of a conversation's event and map it, as the privacy rules allow. Raises CallFailedError."""
    content = _content(entry)
    if content.conversation_id is None:
        return Parked(entry.seq, ParkCause.EVENT_INCOMPLETE)
    # The conversation names its customer as of now, the event as of then: the two differ after a merge.
    conversation = await entities.conversation(content.conversation_id)
    if isinstance(conversation, Gone):
        return Suppressed(entry.seq, await _why_gone(content.customer_id, entities))
    customer = await entities.customer(conversation.customer_id)
    if isinstance(customer, Gone):
        return Suppressed(entry.seq, SuppressReason.CUSTOMER_DELETED)
    no_agents: Mapping[AgentId, Agent] = {}
    agents = await entities.agents(conversation.agent_id) if conversation.agent_id else no_agents
    return _mapped(entry, MAPPINGS[entry.event_type], Facts(conversation, customer, agents), privacy)


async def _why_gone(customer_id: CustomerId | None, entities: Entities) -> SuppressReason:
    if customer_id is not None and isinstance(await entities.customer(customer_id), Gone):
        return SuppressReason.CUSTOMER_DELETED
    return SuppressReason.CONVERSATION_GONE


def _mapped(entry: Entry, mapping: EventMapping, facts: Facts, privacy: PrivacyPolicy) -> Settlement:
    name = message_id(entry.key)
    mapped = mapping.map(facts, name)
    if isinstance(mapped, ParkCause):
        return Parked(entry.seq, mapped)
    return MadeReady(entry.seq, encode(protect(mapped.event, privacy)), name, mapped.notes)


def _content(entry: Entry) -> WireContent:
    event = read_event(entry.body)
    return WireContent() if isinstance(event, NotAnEvent) or event.content is None else event.content
