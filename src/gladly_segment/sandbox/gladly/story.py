"""What happened in a conversation of the past, drawn at random."""

import random
from collections.abc import Iterator
from itertools import accumulate
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Raw
from msgspec.structs import replace

from gladly_segment.sandbox.gladly.eventlog import IdSource
from gladly_segment.sandbox.gladly.events import EventId, EventType
from gladly_segment.sandbox.gladly.past import PastEvent
from gladly_segment.sandbox.gladly.records import (
    AgentId,
    Conversation,
    ConversationId,
    ConversationStatus,
    CustomerId,
    CustomerProfile,
    InboxId,
    Initiator,
    Record,
    TopicId,
)
from gladly_segment.sandbox.gladly.times import NS_PER_S, rfc3339_ms

Share = Annotated[float, Meta(ge=0, le=1)]

SHORTEST_PAST_NS = 120 * NS_PER_S

_LONGEST_NS = 48 * 3600 * NS_PER_S
_MOST_REOPENINGS = 3
_SHORTEST_PAUSE_NS = 1_100_000_000


class PastOrder(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /control/past`. Times are RFC 3339; shares are of conversations and of customers."""

    since: str
    until: str
    conversations: Annotated[int, Meta(ge=0)]
    customers: Annotated[int, Meta(ge=1)]
    seed: int = 0
    reopened: Share = 0.1
    """Conversations that were reopened once or more."""
    unclosed: Share = 0.02
    """Conversations that are still open."""
    merged: Annotated[float, Meta(ge=0, le=0.4)] = 0.01
    """Customers who were merged into another."""
    deleted: Annotated[float, Meta(ge=0, le=0.2)] = 0.01
    """Customers who were deleted, with their conversations."""


class Held(msgspec.Struct):
    """A conversation as it was held, with its events."""

    conversation: Conversation
    events: list[PastEvent]


class Person(msgspec.Struct):
    """A customer of the past with what is left to them; `until_ns` is when they were heard of last."""

    profile: CustomerProfile
    initiator: Initiator
    held: list[Held]
    until_ns: int


class Staff(msgspec.Struct, frozen=True):
    """Who and what the organization has for its conversations."""

    system: Initiator
    agents: tuple[AgentId, ...]
    topics: tuple[TopicId, ...]
    inbox_id: InboxId


class Storyteller:
    """Draws customers and their conversations, within a span of instants in nanoseconds."""

    def __init__(
        self, order: PastOrder, staff: Staff, span_ns: tuple[int, int], ids: IdSource, draws: random.Random
    ) -> None:
        self._order = order
        self._staff = staff
        self._since_ns, self._until_ns = span_ns
        self._ids = ids
        self._draws = draws

    def person(self, number: int) -> Person:
        """A customer without conversations."""
        customer_id = CustomerId(self._ids.next())
        at = rfc3339_ms(self._since_ns - self._draws.randrange(1, _LONGEST_NS))
        profile = CustomerProfile(
            id=customer_id,
            name=Raw(b'"Past Customer %d"' % number),
            emails=Raw(b'[{"original":"Past.%d@shop.example","normalized":"past.%d@shop.example"}]' % (number, number)),
            phones=Raw(b'[{"original":"415 %07d","normalized":"+1415%07d"}]' % (number, number)),
            custom_attributes=Raw(b'{"number":%d}' % number),
            created_at=at,
            updated_at=at,
        )
        return Person(profile, Initiator(id=customer_id, type="CUSTOMER"), [], self._since_ns)

    def conversation(self, person: Person, *, closed: bool) -> Held:
        """A conversation of theirs, closed at its end or still open."""
        steps = list(self._steps(closed=closed))
        times = self._times(len(steps) + 1)
        held = Conversation(
            id=ConversationId(self._ids.next()),
            customer_id=person.profile.id,
            inbox_id=self._staff.inbox_id,
            created_at=rfc3339_ms(times[0]),
            status=ConversationStatus.OPEN,
        )
        events = [self._event(EventType.CONVERSATION_CREATED, times[0], held, person.initiator)]
        for (event_type, subject), at_ns in zip(steps, times[1:], strict=True):
            event = self._event(event_type, at_ns, held, self._initiator(event_type, held, person), subject)
            events.append(event)
            held = _after(held, event)
        return Held(held, events)

    def _steps(self, *, closed: bool) -> Iterator[tuple[EventType, str | None]]:
        """Draw what happens in a conversation after its creation, and to which agent or topic."""
        if self._staff.agents and self._draws.random() < 0.9:
            yield EventType.ASSIGNEE_UPDATED, self._draws.choice(self._staff.agents)
        if self._staff.topics and self._draws.random() < 0.7:
            topic = self._draws.choice(self._staff.topics)
            yield EventType.TOPIC_ADDED, topic
            if self._draws.random() < 0.1:
                yield EventType.TOPIC_REMOVED, topic
        if self._draws.random() < self._order.reopened:
            for _ in range(self._draws.randint(1, _MOST_REOPENINGS)):
                yield EventType.CONVERSATION_CLOSED, None
                yield EventType.CONVERSATION_REOPENED, None
        if closed:
            yield EventType.CONVERSATION_CLOSED, None

    def _times(self, count: int) -> list[int]:
        """Ascending instants, each in a second of its own: a coarse report, too, tells one closing from another."""
        start = self._draws.randrange(self._since_ns, self._until_ns - SHORTEST_PAST_NS // 2)
        # However many steps there are, they end before the past does.
        longest = min(_LONGEST_NS, (self._until_ns - start) * 7 // 10)
        pauses = [_SHORTEST_PAUSE_NS + self._draws.randrange(longest // count) for _ in range(count - 1)]
        return list(accumulate(pauses, initial=start))

    def _initiator(self, event_type: EventType, held: Conversation, person: Person) -> Initiator:
        if event_type is EventType.CONVERSATION_REOPENED:
            return person.initiator
        if held.agent_id is UNSET:
            return self._staff.system
        return Initiator(id=held.agent_id, type="AGENT")

    def _event(
        self,
        event_type: EventType,
        at_ns: int,
        held: Conversation,
        initiator: Initiator,
        subject: str | None = None,
    ) -> PastEvent:
        is_topic = event_type in (EventType.TOPIC_ADDED, EventType.TOPIC_REMOVED)
        return PastEvent(
            id=EventId(self._ids.next()),
            type=event_type,
            at_ns=at_ns,
            initiator=initiator,
            customer_id=held.customer_id,
            conversation_id=held.id,
            inbox_id=held.inbox_id,
            agent_id=held.agent_id,
            topic_id=TopicId(subject) if subject and is_topic else UNSET,
            new_agent_id=AgentId(subject) if subject and not is_topic else UNSET,
        )


def _after(held: Conversation, event: PastEvent) -> Conversation:
    match event.type:
        case EventType.ASSIGNEE_UPDATED:
            return replace(held, agent_id=event.new_agent_id)
        case EventType.TOPIC_ADDED if event.topic_id is not UNSET:
            return replace(held, topic_ids=(event.topic_id,))
        case EventType.TOPIC_REMOVED:
            return replace(held, topic_ids=UNSET)
        case EventType.CONVERSATION_CLOSED:
            return replace(held, status=ConversationStatus.CLOSED, closed_at=rfc3339_ms(event.at_ns))
        case _:
            return replace(held, status=ConversationStatus.OPEN, closed_at=UNSET)
