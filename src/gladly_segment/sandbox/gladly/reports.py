"""The Reports API's ConversationTimestampsReport (Gladly fact sheet, recovering what was missed)."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from typing import Final

from msgspec import UNSET, UnsetType

from gladly_segment.sandbox.gladly.events import (
    Assignee,
    AssigneeContent,
    ConversationContent,
    Event,
    EventType,
    MergeContent,
    TopicContent,
)
from gladly_segment.sandbox.gladly.records import AgentId
from gladly_segment.sandbox.gladly.state import Organization
from gladly_segment.sandbox.gladly.times import NS_PER_S, rfc3339_ms, rfc3339_nano

METRIC_SET: Final = "ConversationTimestampsReport"

COLUMNS: Final = (
    "Timezone Filter",
    "Timestamp",
    "Event Type",
    "Conversation ID",
    "Customer ID",
    "Initiator Type",
    "Initiator ID",
    "Initiator Agent Name",
    "Assigned Inbox ID",
    "Assigned Inbox Name",
    "Assigned Agent ID",
    "Assigned Agent Name",
    "Topic ID",
    "Topic Name",
    "Newly Assigned Inbox ID",
    "Newly Assigned Inbox Name",
    "Newly Assigned Agent ID",
    "Newly Assigned Agent Name",
    "Assignment Update Reason",
    "Merged Customer ID",
    "Merged Conversation ID",
)

_REPORTED: Final = frozenset(
    {
        EventType.CONVERSATION_CREATED,
        EventType.CONVERSATION_CLOSED,
        EventType.CONVERSATION_REOPENED,
        EventType.TOPIC_ADDED,
        EventType.TOPIC_REMOVED,
        EventType.ASSIGNEE_UPDATED,
        EventType.CUSTOMER_MERGED,
    }
)

_ROWS_A_CHUNK: Final = 200


class Reports:
    """Writes reports about the organization; `digits` of the second are told.

    What had become of the conversation is not told by rows of that time: one that vanished in a merge or went
    with its customer has no rows any more, which is the hardest reading of the fact sheet.
    """

    def __init__(self, organization: Organization, *, digits: int) -> None:
        self._organization = organization
        self._digits = digits

    def chunks(self, start_ns: int, end_ns: int) -> Iterator[bytes]:
        """The report from `start_ns` to `end_ns`, both included, in pieces of CSV, the header line first."""
        yield _csv([COLUMNS])
        rows: list[Iterable[str]] = []
        for at_ns, event in self._organization.log.told(start_ns, end_ns):
            if event.type in _REPORTED and self._is_there(event):
                rows.append(self._row(at_ns, event))
            if len(rows) == _ROWS_A_CHUNK:
                yield _csv(rows)
                rows = []
        yield _csv(rows)

    def _is_there(self, event: Event) -> bool:
        if isinstance(event.content, MergeContent):
            return self._organization.customers.exists(event.content.destination_customer_id)
        conversation_id = getattr(event.content, "conversation_id", None)
        return conversation_id is not None and self._organization.conversations.exists(conversation_id)

    def _row(self, at_ns: int, event: Event) -> Iterable[str]:
        told = {
            "Timezone Filter": "UTC",
            "Timestamp": rfc3339_ms(at_ns) if self._digits else rfc3339_nano(at_ns // NS_PER_S * NS_PER_S),
            "Event Type": event.type.value,
            **self._initiator(event),
            **self._content(event),
        }
        return [told.get(column, "") for column in COLUMNS]

    def _initiator(self, event: Event) -> Mapping[str, str]:
        initiator = event.initiator
        if isinstance(initiator, UnsetType):
            return {}
        name = self._agent_name(AgentId(initiator.id)) if initiator.type == "AGENT" else ""
        return {"Initiator Type": initiator.type, "Initiator ID": initiator.id, "Initiator Agent Name": name}

    def _content(self, event: Event) -> Mapping[str, str]:
        match event.content:
            case MergeContent() as merged:
                return {
                    "Customer ID": merged.destination_customer_id,
                    "Conversation ID": _text(merged.destination_conversation_id),
                    "Merged Customer ID": merged.source_customer_id,
                    "Merged Conversation ID": _text(merged.source_conversation_id),
                }
            case ConversationContent() | TopicContent() | AssigneeContent() as content:
                return {
                    "Conversation ID": content.conversation_id,
                    "Customer ID": content.customer_id,
                    **({} if content.context is UNSET else self._assigned("Assigned", content.context.assignee)),
                    **self._change(content),
                }
            case _:
                return {}

    def _change(self, content: ConversationContent | TopicContent | AssigneeContent) -> Mapping[str, str]:
        if isinstance(content, TopicContent):
            topic = self._organization.topics.get(content.topic_id)
            return {"Topic ID": content.topic_id, "Topic Name": topic.name if topic else ""}
        if isinstance(content, AssigneeContent):
            newly = self._assigned("Newly Assigned", content.assignee)
            return {**newly, "Assignment Update Reason": content.reason}
        return {}

    def _assigned(self, how: str, assignee: Assignee) -> Mapping[str, str]:
        inbox = self._organization.inboxes.get(assignee.inbox_id)
        return {
            f"{how} Inbox ID": assignee.inbox_id,
            f"{how} Inbox Name": inbox.name if inbox else "",
            f"{how} Agent ID": _text(assignee.agent_id),
            f"{how} Agent Name": self._agent_name(assignee.agent_id),
        }

    def _agent_name(self, agent_id: AgentId | UnsetType) -> str:
        agent = None if isinstance(agent_id, UnsetType) else self._organization.agents.get(agent_id)
        return agent.name if agent else ""


def _text(value: str | UnsetType) -> str:
    return "" if isinstance(value, UnsetType) else value


def _csv(rows: Iterable[Iterable[str]]) -> bytes:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
