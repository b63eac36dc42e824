"""What is said to have happened before the sandbox was asked: kept small, told in the words of what is played."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from operator import attrgetter

import msgspec
from msgspec import UNSET, UnsetType

from gladly_segment.sandbox.gladly.events import (
    Assignee,
    AssigneeContent,
    Context,
    ConversationContent,
    Event,
    EventContent,
    EventId,
    EventType,
    MergeContent,
    ProfileContent,
    TopicContent,
)
from gladly_segment.sandbox.gladly.records import (
    AgentId,
    Conversation,
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
from gladly_segment.sandbox.gladly.times import rfc3339_ms, rfc3339_nano

_at_ns = attrgetter("at_ns")

_STATUS = {
    EventType.CONVERSATION_CREATED: ConversationStatus.OPEN,
    EventType.CONVERSATION_CLOSED: ConversationStatus.CLOSED,
    EventType.CONVERSATION_REOPENED: ConversationStatus.OPEN,
}


class PastEvent(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An event in small; its content is made when somebody asks.

    The conversation is that of the survivor where customers were merged, and `merged_…` are the source's.
    """

    id: EventId
    type: EventType
    at_ns: int
    initiator: Initiator
    customer_id: CustomerId
    conversation_id: ConversationId | UnsetType = UNSET
    inbox_id: InboxId
    agent_id: AgentId | UnsetType = UNSET
    """Just before the event."""
    new_agent_id: AgentId | UnsetType = UNSET
    topic_id: TopicId | UnsetType = UNSET
    merged_customer_id: CustomerId | UnsetType = UNSET
    merged_conversation_id: ConversationId | UnsetType = UNSET

    def event(self) -> Event:
        """The event as Gladly tells it."""
        return Event(
            id=self.id,
            type=self.type,
            timestamp=rfc3339_nano(self.at_ns),
            initiator=self.initiator,
            content=self._content(),
        )

    def item(self, conversation: Conversation) -> ConversationItem | None:
        """The entry in the timeline of the conversation that it belongs to now, where there is one."""
        change = self._change()
        if change is None:
            return None
        return ConversationItem(
            id=self.id[::-1],
            customer_id=conversation.customer_id,
            conversation_id=conversation.id,
            timestamp=rfc3339_ms(self.at_ns),
            initiator=self.initiator,
            content=change,
        )

    def _change(self) -> StatusChange | TopicChange | None:
        if self.topic_id is not UNSET:
            added = self.type is EventType.TOPIC_ADDED
            one, none = (self.topic_id,), ()
            return TopicChange(added_topic_ids=one if added else none, removed_topic_ids=none if added else one)
        status = _STATUS.get(self.type)
        return None if status is None else StatusChange(status=status)

    def _content(self) -> EventContent:
        if self.merged_customer_id is not UNSET:
            return MergeContent(
                source_customer_id=self.merged_customer_id,
                source_conversation_id=self.merged_conversation_id,
                destination_customer_id=self.customer_id,
                destination_conversation_id=self.conversation_id,
            )
        if self.conversation_id is UNSET:
            return ProfileContent(customer_id=self.customer_id)
        return self._conversation_content(self.conversation_id)

    def _conversation_content(self, conversation_id: ConversationId) -> EventContent:
        customer_id, context = self.customer_id, Context(assignee=self._assignee(self.agent_id))
        if self.topic_id is not UNSET:
            return TopicContent(
                customer_id=customer_id, conversation_id=conversation_id, topic_id=self.topic_id, context=context
            )
        if self.type is EventType.ASSIGNEE_UPDATED:
            return AssigneeContent(
                customer_id=customer_id,
                conversation_id=conversation_id,
                reason="UPDATED_BY_AGENT",
                assignee=self._assignee(self.new_agent_id),
                context=context,
            )
        return ConversationContent(customer_id=customer_id, conversation_id=conversation_id, context=context)

    def _assignee(self, agent_id: AgentId | UnsetType) -> Assignee:
        return Assignee(inbox_id=self.inbox_id, agent_id=agent_id)


class Past:
    """All events of the past, by time and by conversation."""

    def __init__(self) -> None:
        self._events: list[PastEvent] = []
        self._of: dict[ConversationId, tuple[PastEvent, ...]] = {}

    def add(self, events: Iterable[PastEvent], of: dict[ConversationId, tuple[PastEvent, ...]]) -> None:
        """Take in more; `of` are the events of each conversation's timeline, oldest first."""
        self._events = sorted((*self._events, *events), key=_at_ns)
        self._of.update(of)

    def between(self, start_ns: int, end_ns: int) -> Sequence[PastEvent]:
        """From `start_ns` to `end_ns`, both included, oldest first."""
        first = bisect_left(self._events, start_ns, key=_at_ns)
        return self._events[first : bisect_right(self._events, end_ns, key=_at_ns)]

    def timeline(self, conversation: Conversation) -> list[ConversationItem]:
        """What the conversation's timeline begins with, oldest first."""
        found = (each.item(conversation) for each in self._of.get(conversation.id, ()))
        return [item for item in found if item is not None]
