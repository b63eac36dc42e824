"""From a claimed event to its outcome: which entities are read, and what they mean for it."""

from collections.abc import Mapping, Set

from gladly_segment.core.entities import Agent
from gladly_segment.core.identity import message_id
from gladly_segment.core.ids import AgentId, CustomerId
from gladly_segment.core.lifecycle import IgnoreReason, ParkCause, SuppressReason
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.privacy import PrivacyPolicy
from gladly_segment.core.provenance import Fetched
from gladly_segment.core.records import Entry, Ignored, MadeReady, Parked, Settlement, Suppressed
from gladly_segment.mapping.conversation import Facts
from gladly_segment.mapping.intake import NotAnEvent, WireContent, read_event
from gladly_segment.mapping.past import integrations_of
from gladly_segment.mapping.privacy import protect
from gladly_segment.mapping.registry import MAPPINGS
from gladly_segment.mapping.track import encode
from gladly_segment.ports.entities import Entities, Gone


def without_a_call(entry: Entry, entities: Entities, wanted: Set[EventKind]) -> Settlement | None:
    """Give the outcome of what needs no call, None for every other event: of a kind that is not wanted, and of a
    profile event, whose customers are no longer remembered from now on.
    """
    mapping = MAPPINGS.get(entry.event_type)
    if mapping is not None:
        return None if mapping.kind in wanted else Suppressed(entry.seq, SuppressReason.EVENT_NOT_WANTED)
    for customer in _content(entry).customers():
        entities.forget(customer)
    return Ignored(entry.seq, IgnoreReason.PROFILE_CHANGE_NOTED)


async def enrich(entry: Entry, entities: Entities, privacy: PrivacyPolicy) -> Settlement:
    """Read the entities of a conversation's event and map it, as the privacy rules allow. Raises CallFailedError."""
    content = _content(entry)
    if content.conversation_id is None:
        return Parked(entry.seq, ParkCause.EVENT_INCOMPLETE)
    # The conversation names its customer as of now, the event as of then: the two differ after a merge.
    conversation = await entities.conversation(content.conversation_id, of=content.customer_id)
    if isinstance(conversation.value, Gone):
        return await _gone(entry, content.customer_id, entities, conversation.fetched)
    customer = await entities.customer(conversation.value.customer_id)
    fetched = conversation.fetched + customer.fetched
    if isinstance(customer.value, Gone):
        return Suppressed(entry.seq, SuppressReason.CUSTOMER_DELETED, fetched)
    agents: Mapping[AgentId, Agent] = {}
    if conversation.value.agent_id:
        listed = await entities.agents(conversation.value.agent_id)
        agents, fetched = listed.value, fetched + listed.fetched
    return _mapped(
        entry, Facts(conversation.value, customer.value, agents, integrations_of(entry.body)), fetched, privacy
    )


async def _gone(
    entry: Entry, customer_id: CustomerId | None, entities: Entities, fetched: tuple[Fetched, ...]
) -> Settlement:
    reason = SuppressReason.CONVERSATION_GONE
    if customer_id is not None:
        customer = await entities.customer(customer_id)
        fetched += customer.fetched
        if isinstance(customer.value, Gone):
            reason = SuppressReason.CUSTOMER_DELETED
    return Suppressed(entry.seq, reason, fetched)


def _mapped(entry: Entry, facts: Facts, fetched: tuple[Fetched, ...], privacy: PrivacyPolicy) -> Settlement:
    name = message_id(entry.key)
    mapped = MAPPINGS[entry.event_type].map(facts, name)
    if isinstance(mapped, ParkCause):
        return Parked(entry.seq, mapped)
    return MadeReady(entry.seq, encode(protect(mapped.event, privacy)), name, mapped.notes, fetched)


def _content(entry: Entry) -> WireContent:
    event = read_event(entry.body)
    return WireContent() if isinstance(event, NotAnEvent) or event.content is None else event.content
