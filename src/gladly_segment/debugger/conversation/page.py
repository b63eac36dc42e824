"""What is shown of a conversation, and of the search that leads to one."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from gladly_segment.core.explained import ExplainedConversation, ExplainedEvent, explained
from gladly_segment.core.ids import ConversationId, OrganizationId, Seq
from gladly_segment.core.lifecycle import State, unsettled
from gladly_segment.core.records import History
from gladly_segment.core.situation import AtGladly, Situation
from gladly_segment.debugger.paths import conversation_path, events_path, explain_command
from gladly_segment.debugger.sentences import in_parts
from gladly_segment.mapping.registry import MAPPINGS
from gladly_segment.transport.answers import Problem


class WhyQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a conversation: its id, or that of an event, a customer, a message; or anything else of it."""

    id: str = ""
    organization: str = ""


class FoundConversation(msgspec.Struct, frozen=True):
    """A conversation that has what was looked for, and its page."""

    organization: OrganizationId
    conversation: ConversationId
    path: str


class WhyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Which conversations have what was looked for, and which events that belong to none.

    Where there is none, `never` has the page of that id for each organization: it says why.
    """

    id: str
    organization: OrganizationId | None
    conversations: tuple[FoundConversation, ...] = ()
    events: tuple[Seq, ...] = ()
    never: tuple[FoundConversation, ...] = ()


class Told(msgspec.Struct, frozen=True):
    """One event as the page lists it; `ended_at` is when it came into the state it ended in."""

    history: History
    why: Sequence[str | datetime]
    name: str
    ended_at: datetime | None


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    """Where the page leads."""

    here: str
    json: str
    events: str
    curl: str
    command: str


class ConversationPage(msgspec.Struct, frozen=True, kw_only=True):
    """What the template shows: events that may lead to a track event, and those that do not.

    `served` tells whether Gladly can be asked, `at_gladly` what it said if it was.
    """

    shown: ExplainedConversation
    why: Sequence[str | datetime]
    events: Sequence[Told]
    ignored: Sequence[Told]
    served: bool
    ways: Ways
    at_gladly: AtGladly | None = None
    problem: Problem | None = None


class WhyPage(msgspec.Struct, frozen=True):
    """What the template of the search shows; without `answer` nothing was looked for."""

    query: WhyQuery
    answer: WhyAnswer | None


def conversation_page(
    conversation: ConversationId, receipts: Sequence[History], situation: Situation, curl: str
) -> ConversationPage:
    """Prepare the page of a conversation of the situation's organization."""
    organization = situation.organization or OrganizationId("")
    shown = explained(conversation, receipts, situation)
    told = [_told(history, event) for history, event in zip(receipts, shown.events, strict=True)]
    path = conversation_path(organization, conversation)
    return ConversationPage(
        shown=shown,
        why=in_parts(shown.answer.why),
        events=[each for each in told if each.history.state is not State.IGNORED],
        ignored=[each for each in told if each.history.state is State.IGNORED],
        served=situation.known,
        ways=Ways(
            here=path,
            json=f"{path}.json",
            events=events_path(conversation, organization),
            curl=curl,
            command=explain_command(organization, conversation),
        ),
        at_gladly=situation.at_gladly,
    )


def found_conversation(organization: OrganizationId, conversation: ConversationId) -> FoundConversation:
    """Give a conversation with its page."""
    return FoundConversation(organization, conversation, conversation_path(organization, conversation))


def _told(history: History, event: ExplainedEvent) -> Told:
    mapping = MAPPINGS.get(history.event_type)
    ended = not unsettled(history.state) and history.attempts
    return Told(
        history=history,
        why=in_parts(event.answer.why),
        name=mapping.track_event if mapping else "",
        ended_at=history.attempts[-1].at if ended else None,
    )
