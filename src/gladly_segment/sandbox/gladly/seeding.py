"""A past is made up, repeatable from its seed: conversations that were held before anybody listened."""

import random

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from gladly_segment.sandbox.gladly.errors import RefusedError
from gladly_segment.sandbox.gladly.eventlog import IdSource
from gladly_segment.sandbox.gladly.events import EventId, EventType
from gladly_segment.sandbox.gladly.ledger import Ledger
from gladly_segment.sandbox.gladly.past import PastEvent
from gladly_segment.sandbox.gladly.records import ConversationId, ConversationStatus, CustomerId, Initiator, Record
from gladly_segment.sandbox.gladly.state import Organization
from gladly_segment.sandbox.gladly.story import SHORTEST_PAST_NS, Held, PastOrder, Person, Staff, Storyteller
from gladly_segment.sandbox.gladly.times import parse_rfc3339


class PastView(Record, frozen=True, kw_only=True):
    """Answer of `POST /control/past`: what there is now, and what had gone before."""

    customers: int
    conversations: int
    occurrences: int
    events: int
    merged_customers: int
    deleted_customers: int
    gone_conversations: int


def seed_past(organization: Organization, ledger: Ledger, order: PastOrder, *, seed: int, now_ns: int) -> PastView:
    """Give the organization a past, using the agents, topics and inboxes it has. Nothing of it is delivered.

    Raises RefusedError (400) for times that are none, or that make no past.
    """
    since_ns, until_ns = _time(order.since, "since"), _time(order.until, "until")
    if not since_ns + SHORTEST_PAST_NS <= until_ns <= now_ns:
        raise RefusedError.invalid("until", "a past lasts two minutes or longer and is over by now")
    return _Seeding(organization, ledger, order, f"{seed}/past/{order.seed}", (since_ns, until_ns)).seed()


class _Seeding:
    def __init__(
        self, organization: Organization, ledger: Ledger, order: PastOrder, seed: str, span_ns: tuple[int, int]
    ) -> None:
        self._organization = organization
        self._ledger = ledger
        self._order = order
        self._draws = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._ids = IdSource(seed)
        self._until_ns = span_ns[1]
        self._staff = Staff(
            system=Initiator(id=self._ids.next(), type="SYSTEM"),
            agents=tuple(organization.agents),
            topics=tuple(organization.topics),
            inbox_id=organization.default_inbox.id,
        )
        self._stories = Storyteller(order, self._staff, span_ns, self._ids, self._draws)
        self._events: list[PastEvent] = []
        self._gone = 0

    def seed(self) -> PastView:
        people = [self._stories.person(number) for number in range(self._order.customers)]
        merging, deleted = self._fates(len(people))
        partners = {each for pair in merging for each in pair}
        for number in range(self._order.conversations):
            self._hold(people, number, partners, deleted)
        noted = len(self._ledger.occurrences)
        self._note_occurrences(people)
        for source, target in merging:
            self._merge(people[source], people[target])
        for number in deleted:
            self._delete(people[number])
        gone = deleted | {source for source, _ in merging}
        left = [person for number, person in enumerate(people) if number not in gone]
        conversations = self._take_in(left)
        return PastView(
            customers=len(left),
            conversations=conversations,
            occurrences=len(self._ledger.occurrences) - noted,
            events=len(self._events),
            merged_customers=len(merging),
            deleted_customers=len(deleted),
            gone_conversations=self._gone,
        )

    def _fates(self, people: int) -> tuple[list[tuple[int, int]], set[int]]:
        """Draw who was merged into whom, in that order of time, and who was deleted."""
        drawn = list(range(people))
        self._draws.shuffle(drawn)
        merged, deleted = int(people * self._order.merged), int(people * self._order.deleted)
        sources, targets = drawn[:merged], drawn[merged : 2 * merged]
        # Merges chain: a tenth of the survivors are merged on, into the next source, which goes after them.
        pairs = [
            (source, sources[place + 1] if place % 10 == 9 and place + 1 < merged else targets[place])
            for place, source in enumerate(sources)
        ]
        return pairs, set(drawn[2 * merged : 2 * merged + deleted])

    def _hold(self, people: list[Person], number: int, partners: set[int], deleted: set[int]) -> None:
        whose = number if number < len(people) else self._draws.randrange(len(people))
        if whose in partners:
            # Two open conversations become one in a merge: half of those who merge have one.
            unclosed = number == whose and self._draws.random() < 0.7
        else:
            unclosed = whose not in deleted and self._draws.random() < self._order.unclosed
        person = people[whose]
        held = self._stories.conversation(person, closed=not unclosed)
        person.held.append(held)
        person.until_ns = max(person.until_ns, held.events[-1].at_ns)

    def _note_occurrences(self, people: list[Person]) -> None:
        for held in sorted((each for person in people for each in person.held), key=lambda each: each.events[0].at_ns):
            self._events.extend(held.events)
            for event in held.events:
                if event.type is EventType.CONVERSATION_CREATED:
                    self._ledger.seeded("CREATED", event, held.conversation)
                elif event.type is EventType.CONVERSATION_CLOSED:
                    self._ledger.seeded("CLOSED", event, held.conversation)

    def _merge(self, source: Person, target: Person) -> None:
        at_ns = self._later(source, target)
        vanished, remaining = _newest_unclosed(source), _newest_unclosed(target)
        combined = vanished is not None and remaining is not None
        source_id, target_id = source.profile.id, target.profile.id
        if vanished is not None and remaining is not None:
            source.held.remove(vanished)
            remaining.events = sorted((*remaining.events, *vanished.events), key=lambda event: event.at_ns)
            self._gone += 1
        for held in source.held:
            held.conversation = replace(held.conversation, customer_id=target_id)
        target.held += source.held
        source.held = []
        vanished_id = vanished.conversation.id if combined and vanished else UNSET
        remaining_id = remaining.conversation.id if combined and remaining else UNSET
        self._customer_event(
            EventType.CUSTOMER_MERGED, at_ns, target_id, remaining_id, merged=source_id, merged_conversation=vanished_id
        )
        self._organization.customers.seed_merged(source_id, target_id, at_ns, vanished_id)

    def _delete(self, person: Person) -> None:
        at_ns = self._later(person)
        self._gone += len(person.held)
        self._customer_event(EventType.PROFILE_DELETED, at_ns, person.profile.id)
        self._organization.customers.seed_deleted(person.profile.id, at_ns)

    def _later(self, *people: Person) -> int:
        """Draw an instant after anything was heard of them."""
        last_ns = max(person.until_ns for person in people)
        at_ns = last_ns + self._draws.randrange(1, max((self._until_ns - last_ns) // 2, 2))
        for person in people:
            person.until_ns = at_ns
        return at_ns

    def _customer_event(
        self,
        event_type: EventType,
        at_ns: int,
        customer_id: CustomerId,
        conversation_id: ConversationId | UnsetType = UNSET,
        *,
        merged: CustomerId | UnsetType = UNSET,
        merged_conversation: ConversationId | UnsetType = UNSET,
    ) -> None:
        self._events.append(
            PastEvent(
                id=EventId(self._ids.next()),
                type=event_type,
                at_ns=at_ns,
                initiator=self._staff.system,
                customer_id=customer_id,
                conversation_id=conversation_id,
                inbox_id=self._staff.inbox_id,
                merged_customer_id=merged,
                merged_conversation_id=merged_conversation,
            )
        )

    def _take_in(self, people: list[Person]) -> int:
        held = [each for person in people for each in person.held]
        held.sort(key=lambda each: each.conversation.created_at)
        for each in held:
            self._organization.conversations.seed(each.conversation)
        for person in people:
            self._organization.customers.seed(person.profile)
        timelines = {each.conversation.id: tuple(each.events) for each in held}
        self._organization.log.past.add(self._events, timelines)
        return len(held)


def _newest_unclosed(person: Person) -> Held | None:
    unclosed = [each for each in person.held if each.conversation.status is not ConversationStatus.CLOSED]
    return max(unclosed, key=lambda each: each.conversation.created_at, default=None)


def _time(text: str, attr: str) -> int:
    try:
        return parse_rfc3339(text)
    except ValueError as error:
        raise RefusedError.invalid(attr, f"{attr} is {error}") from error
