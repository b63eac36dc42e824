"""Conversations and the rules that change them (Gladly fact sheet)."""

from collections import defaultdict
from collections.abc import Iterable
from operator import itemgetter

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from gladly_segment.sandbox.gladly.errors import RefusedError
from gladly_segment.sandbox.gladly.eventlog import EventLog, IdSource
from gladly_segment.sandbox.gladly.events import (
    Assignee,
    AssigneeContent,
    Context,
    ConversationContent,
    EventType,
    TopicContent,
)
from gladly_segment.sandbox.gladly.ledger import Ledger
from gladly_segment.sandbox.gladly.records import (
    AgentId,
    Conversation,
    ConversationAttribute,
    ConversationId,
    ConversationItem,
    ConversationStatus,
    CustomerId,
    InboxId,
    Initiator,
    StatusChange,
    TopicChange,
    TopicId,
)
from gladly_segment.sandbox.gladly.times import NS_PER_MS, parse_rfc3339, rfc3339_ms


class Conversations:
    """All conversations of the organization; every change appends its events."""

    def __init__(self, *, log: EventLog, ids: IdSource, ledger: Ledger, system: Initiator) -> None:
        self._log = log
        self._ids = ids
        self._ledger = ledger
        self._system = system
        self._by_id: dict[ConversationId, Conversation] = {}
        self._of: defaultdict[CustomerId, dict[ConversationId, int]] = defaultdict(dict)
        """Each customer's, oldest first, with their instants of creation in nanoseconds."""
        self._seeded: list[Conversation] = []
        self._timelines: dict[ConversationId, list[ConversationItem]] = {}

    def all(self) -> tuple[Conversation, ...]:
        """Those that still exist, oldest first."""
        return tuple(self._by_id.values())

    def get(self, conversation_id: ConversationId) -> Conversation:
        """Raises RefusedError (404) when there is none, or none any more."""
        conversation = self._by_id.get(conversation_id)
        if conversation is None:
            raise RefusedError.not_exist("conversation")
        return conversation

    def items(self, conversation_id: ConversationId) -> list[ConversationItem]:
        """The timeline, oldest first. Raises RefusedError (404)."""
        return self._timeline(self.get(conversation_id))

    def exists(self, conversation_id: ConversationId) -> bool:
        """Whether it is there, and still is."""
        return conversation_id in self._by_id

    def of_customer(self, customer_id: CustomerId) -> list[Conversation]:
        """The customer's, oldest first."""
        return [self._by_id[each] for each in self._of.get(customer_id, ())]

    def unclosed_of_customer(self, customer_id: CustomerId) -> list[Conversation]:
        """The customer's that are open or waiting, oldest first."""
        return [each for each in self.of_customer(customer_id) if each.status is not ConversationStatus.CLOSED]

    def seed(self, conversation: Conversation) -> None:
        """Take in a conversation of the past, as it is now; its events are the log's."""
        self._by_id[conversation.id] = conversation
        self._of[conversation.customer_id][conversation.id] = parse_rfc3339(conversation.created_at)
        self._seeded.append(conversation)

    def seeded_and_changed(self) -> tuple[Conversation, ...]:
        """Those of the past that are no longer as they were taken in: as they were."""
        return tuple(each for each in self._seeded if self._by_id.get(each.id) is not each)

    def create(
        self,
        customer_id: CustomerId,
        inbox_id: InboxId,
        agent_id: AgentId | UnsetType,
        custom_attributes: tuple[ConversationAttribute, ...],
    ) -> Conversation:
        """Open a conversation, as if the customer had written."""
        at_ns = self._log.next_instant()
        conversation = Conversation(
            id=ConversationId(self._ids.next()),
            customer_id=customer_id,
            agent_id=agent_id,
            inbox_id=inbox_id,
            custom_attributes=custom_attributes,
            created_at=rfc3339_ms(at_ns),
            status=ConversationStatus.OPEN,
        )
        self._by_id[conversation.id] = conversation
        self._of[customer_id][conversation.id] = at_ns
        self._timelines[conversation.id] = []
        initiator = _customer_of(conversation)
        self._add_item(conversation, at_ns, initiator, StatusChange(status=conversation.status))
        # Just before it existed, nobody had been assigned to it.
        content = _content(replace(conversation, agent_id=UNSET))
        event = self._log.append(EventType.CONVERSATION_CREATED, content, at_ns, initiator)
        self._ledger.occurred("CREATED", event, conversation)
        return conversation

    def set_status(self, conversation_id: ConversationId, status: ConversationStatus) -> Conversation:
        """Close, reopen or let wait; the present status changes nothing.

        Raises RefusedError: 404, or 409 when a closed conversation is to wait.
        """
        before = self.get(conversation_id)
        if status is before.status:
            return before
        match (before.status, status):
            case (_, ConversationStatus.CLOSED):
                return self._close(before)
            case (ConversationStatus.CLOSED, ConversationStatus.OPEN):
                return self._reopen(before)
            case (ConversationStatus.CLOSED, _):
                raise RefusedError.conflict("status", "a closed conversation must be reopened first")
            case _:
                return self._update_status(before, status)

    def change_topics(
        self, conversation_id: ConversationId, add: Iterable[TopicId], remove: Iterable[TopicId]
    ) -> Conversation:
        """Set and take off topics: one event for each that changes. Raises RefusedError (404)."""
        before = self.get(conversation_id)
        present = () if before.topic_ids is UNSET else before.topic_ids
        added = tuple(topic for topic in dict.fromkeys(add) if topic not in present)
        removed = tuple(topic for topic in dict.fromkeys(remove) if topic in present)
        if not added and not removed:
            return before
        topics = tuple(topic for topic in (*present, *added) if topic not in removed)
        after = self._store(replace(before, topic_ids=topics or UNSET))
        initiator = self._agent_of(before)
        change = TopicChange(added_topic_ids=added, removed_topic_ids=removed)
        self._add_item(after, self._log.next_instant(), initiator, change)
        for event_type, changed in ((EventType.TOPIC_ADDED, added), (EventType.TOPIC_REMOVED, removed)):
            for topic_id in changed:
                self._log.append(event_type, _topic_content(before, topic_id), self._log.next_instant(), initiator)
        return after

    def assign(self, conversation_id: ConversationId, agent_id: AgentId | UnsetType) -> Conversation:
        """Give the conversation to an agent, or to nobody. Raises RefusedError (404)."""
        before = self.get(conversation_id)
        if agent_id == before.agent_id:
            return before
        after = self._store(replace(before, agent_id=agent_id))
        content = AssigneeContent(
            customer_id=before.customer_id,
            conversation_id=before.id,
            reason="MANUAL",
            assignee=_assignee(after),
            context=Context(assignee=_assignee(before)),
        )
        self._log.append(EventType.ASSIGNEE_UPDATED, content, self._log.next_instant(), self._agent_of(before))
        return after

    def move(self, source: CustomerId, target: CustomerId) -> tuple[ConversationId, ConversationId] | None:
        """Give all of the source's conversations to the target.

        Where both have an unclosed one, the source's newest becomes part of the target's newest and its id
        vanishes: returns the two ids, vanished first.
        """
        vanishing = self.unclosed_of_customer(source)[-1:]
        remaining = self.unclosed_of_customer(target)[-1:]
        for conversation in self.of_customer(source):
            self._move_timeline(conversation.id, conversation.id, target)
            self._store(replace(conversation, customer_id=target))
        together = self._of[target] | self._of.pop(source, {})
        self._of[target] = dict(sorted(together.items(), key=itemgetter(1)))
        if not vanishing or not remaining:
            return None
        combined = vanishing[0].id, remaining[0].id
        self._move_timeline(*combined, target)
        del self._of[target][combined[0]]
        del self._by_id[combined[0]]
        return combined

    def delete_of_customer(self, customer_id: CustomerId) -> None:
        """Forget all of the customer's conversations."""
        for conversation in self.of_customer(customer_id):
            del self._by_id[conversation.id]
            self._timelines.pop(conversation.id, None)
        self._of.pop(customer_id, None)

    def _close(self, before: Conversation) -> Conversation:
        at_ns = self._log.next_instant()
        after = self._store(replace(before, status=ConversationStatus.CLOSED, closed_at=rfc3339_ms(at_ns)))
        initiator = self._agent_of(before)
        self._add_item(after, at_ns, initiator, StatusChange(status=after.status))
        event = self._log.append(EventType.CONVERSATION_CLOSED, _content(before), at_ns, initiator)
        self._ledger.occurred("CLOSED", event, after)
        return after

    def _reopen(self, before: Conversation) -> Conversation:
        # Nobody closes a conversation twice within a millisecond, and resources tell no more than that.
        closed_ns = 0 if before.closed_at is UNSET else parse_rfc3339(before.closed_at)
        at_ns = self._log.next_instant(not_before_ns=closed_ns + NS_PER_MS)
        after = self._store(replace(before, status=ConversationStatus.OPEN, closed_at=UNSET))
        initiator = _customer_of(before)
        self._add_item(after, at_ns, initiator, StatusChange(status=after.status))
        self._log.append(EventType.CONVERSATION_REOPENED, _content(before), at_ns, initiator)
        return after

    def _update_status(self, before: Conversation, status: ConversationStatus) -> Conversation:
        at_ns = self._log.next_instant()
        after = self._store(replace(before, status=status))
        self._add_item(after, at_ns, self._agent_of(before), StatusChange(status=status))
        content = ConversationContent(customer_id=before.customer_id, conversation_id=before.id)
        self._log.append(EventType.STATUS_UPDATED, content, at_ns)
        return after

    def _store(self, conversation: Conversation) -> Conversation:
        self._by_id[conversation.id] = conversation
        return conversation

    def _add_item(
        self,
        conversation: Conversation,
        at_ns: int,
        initiator: Initiator,
        content: StatusChange | TopicChange,
    ) -> None:
        timeline = self._timelines.setdefault(conversation.id, self._timeline(conversation))
        timeline.append(
            ConversationItem(
                id=self._ids.next(),
                customer_id=conversation.customer_id,
                conversation_id=conversation.id,
                timestamp=rfc3339_ms(at_ns),
                initiator=initiator,
                content=content,
            )
        )

    def _timeline(self, conversation: Conversation) -> list[ConversationItem]:
        # That of the past is made when it is asked for, and kept once something is added.
        kept = self._timelines.get(conversation.id)
        return self._log.past.timeline(conversation) if kept is None else kept

    def _move_timeline(self, source: ConversationId, target: ConversationId, customer: CustomerId) -> None:
        moved = self._timeline(self._by_id[source])
        self._timelines.pop(source, None)
        items = [
            *(() if source == target else self._timeline(self._by_id[target])),
            *(replace(item, conversation_id=target, customer_id=customer) for item in moved),
        ]
        self._timelines[target] = sorted(items, key=lambda item: item.timestamp)

    def _agent_of(self, conversation: Conversation) -> Initiator:
        if conversation.agent_id is UNSET:
            return self._system
        return Initiator(id=conversation.agent_id, type="AGENT")


def _customer_of(conversation: Conversation) -> Initiator:
    return Initiator(id=conversation.customer_id, type="CUSTOMER")


def _assignee(conversation: Conversation) -> Assignee:
    return Assignee(inbox_id=conversation.inbox_id, agent_id=conversation.agent_id)


def _content(before: Conversation) -> ConversationContent:
    return ConversationContent(
        customer_id=before.customer_id,
        conversation_id=before.id,
        context=Context(assignee=_assignee(before)),
    )


def _topic_content(before: Conversation, topic_id: TopicId) -> TopicContent:
    return TopicContent(
        customer_id=before.customer_id,
        conversation_id=before.id,
        topic_id=topic_id,
        context=Context(assignee=_assignee(before)),
    )
