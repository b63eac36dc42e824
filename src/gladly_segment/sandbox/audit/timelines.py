"""What a conversation's agent and topics were at any time, replayed from Gladly's events."""

from collections.abc import Iterable
from datetime import datetime
from typing import Generic, TypeVar

from gladly_segment.sandbox.audit.books import Conversation, GladlyEvent

T = TypeVar("T")


class Timeline(Generic[T]):
    """A value over time."""

    __slots__ = ("_changes", "_initial")

    def __init__(self, initial: T) -> None:
        self._initial = initial
        self._changes: list[tuple[datetime, T]] = []

    @property
    def latest(self) -> T:
        """The value after the last change."""
        return self._changes[-1][1] if self._changes else self._initial

    def change(self, at: datetime, value: T) -> None:
        """Note the next change; `at` never goes back."""
        self._changes.append((at, value))

    def between(self, start: datetime, end: datetime) -> list[T]:
        """Every value that a reader could have met from `start` to `end`."""
        before = [value for at, value in self._changes if at < start]
        during = [value for at, value in self._changes if start <= at <= end]
        return [before[-1] if before else self._initial, *during]


def agent_timelines(
    events: Iterable[GladlyEvent], conversations: Iterable[Conversation]
) -> dict[str, Timeline[str | None]]:
    """By conversation, the assigned agent's id or None. Conversations the books tell too little of are absent."""
    timelines: dict[str, Timeline[str | None]] = {}
    for event in events:
        content = event.content
        # At its creation a conversation's context tells of the moment before it was first assigned.
        if content.conversation_id is None or content.context is None or event.type == "CONVERSATION/CREATED":
            continue
        timeline = timelines.setdefault(content.conversation_id, Timeline(content.context.assignee.agent_id))
        if event.type == "CONVERSATION_ASSIGNEE/UPDATED":
            timeline.change(event.timestamp, content.assignee.agent_id)
    for conversation in conversations:
        timelines.setdefault(conversation.id, Timeline(conversation.agent_id))
    return timelines


def topic_timelines(
    events: Iterable[GladlyEvent], conversations: Iterable[Conversation], seeded: Iterable[Conversation]
) -> dict[str, Timeline[tuple[str, ...]]]:
    """By conversation, the ids of its topics in the order they were set; of the `seeded` they are known from there on.

    Conversations the books tell too little of are absent.
    """
    timelines = {each.id: Timeline(each.topic_ids) for each in seeded}
    for event in events:
        content = event.content
        if content.conversation_id is None:
            continue
        timeline = timelines.setdefault(content.conversation_id, Timeline(()))
        others = tuple(topic for topic in timeline.latest if topic != content.topic_id)
        if event.type == "CONVERSATION/TOPIC_ADDED" and content.topic_id is not None:
            timeline.change(event.timestamp, (*others, content.topic_id))
        elif event.type == "CONVERSATION/TOPIC_REMOVED":
            timeline.change(event.timestamp, others)
    for conversation in conversations:
        timelines.setdefault(conversation.id, Timeline(conversation.topic_ids))
    return timelines
