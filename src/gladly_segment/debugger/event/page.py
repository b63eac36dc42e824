"""What is shown of one event, and of it as it would be made now."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import msgspec

from gladly_segment.core.explained import ExplainedEvent, ExplainedFetch, explained_event
from gladly_segment.core.ids import ConversationId, CustomerId, OrganizationId
from gladly_segment.core.lifecycle import State
from gladly_segment.core.moments import format_moment
from gladly_segment.core.provenance import Fetched
from gladly_segment.core.records import History, MadeReady, Parked, Settlement, Suppressed
from gladly_segment.core.why import Answer
from gladly_segment.debugger.difference import Difference, DifferenceKind, differences
from gladly_segment.debugger.event.timeline import Step, timeline
from gladly_segment.debugger.event.track import Track, track_of
from gladly_segment.debugger.json_text import Line, lines
from gladly_segment.debugger.paths import conversation_path, events_path, explain_command
from gladly_segment.debugger.sentences import in_parts
from gladly_segment.mapping.intake import WireEvent, read_event
from gladly_segment.mapping.registry import MAPPINGS
from gladly_segment.transport.answers import Problem


class WholeEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One event with everything that befell it, and why.

    `name` is that of its track event, empty where none was made. `customers` are those it concerns: after a merge the
    one who survived comes last. Both are empty once the content is no longer kept.
    """

    organization: OrganizationId
    conversation: ConversationId | None
    customers: tuple[CustomerId, ...]
    name: str
    event: ExplainedEvent


class Comparison(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The event as it would be made now, beside the track event that was made.

    `outcome` is `ready`, or `suppressed` or `parked` with its reason: then there is no track event now. Differences are
    in the order of the event now; the counts are of them.
    """

    number: int
    at: str
    outcome: State
    reason: str
    fetched: tuple[ExplainedFetch, ...]
    same: int
    changed: int
    added: int
    gone: int
    differences: tuple[Difference, ...]

    @property
    def unlike(self) -> Sequence[Difference]:
        """What is not the same."""
        return [each for each in self.differences if each.change is not DifferenceKind.SAME]

    @property
    def alike(self) -> Sequence[Difference]:
        """What is the same."""
        return [each for each in self.differences if each.change is DifferenceKind.SAME]


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    """Where the page leads: empty where there is no such way."""

    conversation: str
    customers: Sequence[tuple[CustomerId, str]]
    json: str
    curl: str
    command: str


class EventPage(msgspec.Struct, frozen=True, kw_only=True):
    """What the template shows. `incomparable` says why it cannot be compared with Gladly, if it cannot."""

    shown: WholeEvent
    history: History
    why: Sequence[str | datetime]
    steps: Sequence[Step]
    body: Sequence[Line]
    track: Track | None
    ways: Ways
    incomparable: str
    comparison: Comparison | None = None
    problem: Problem | None = None


def whole_event(history: History, answer: Answer) -> WholeEvent:
    """Give what the JSON twin has."""
    event = read_event(history.body)
    content = event.content if isinstance(event, WireEvent) else None
    made = _made(history.payload)
    customers = [*(content.customers() if content else ()), *([made.user_id] if made.user_id else ())]
    return WholeEvent(
        organization=history.organization,
        conversation=content.conversation_id if content else _conversation(history),
        customers=tuple(dict.fromkeys(customers)),
        name=made.event,
        event=explained_event(history, answer),
    )


def event_page(history: History, answer: Answer, *, segment_host: str | None, curl: str) -> EventPage:
    """Prepare the page of a receipt; `segment_host` is None where its organization is not served."""
    shown = whole_event(history, answer)
    conversation, organization = shown.conversation, shown.organization
    return EventPage(
        shown=shown,
        history=history,
        why=in_parts(answer.why),
        steps=timeline(history),
        body=lines(history.body.decode(errors="replace")),
        track=track_of(history.payload, history.notes, segment_host or "$SEGMENT") if history.payload else None,
        ways=Ways(
            conversation=conversation_path(organization, conversation) if conversation else "",
            customers=[(each, events_path(each, organization)) for each in shown.customers],
            json=f"/events/{history.seq}.json",
            curl=curl,
            command=explain_command(organization, conversation) if conversation else "",
        ),
        incomparable=_incomparable(history, segment_host),
    )


def comparison(history: History, settlement: Settlement, now: datetime) -> Comparison:
    """Compare the track event that was made with what would become of the receipt now."""
    outcome, reason, payload, fetched = _outcome(settlement)
    found = differences(history.payload.decode(errors="replace"), payload.decode(errors="replace"))
    counts = Counter(each.change for each in found)
    return Comparison(
        number=history.seq,
        at=format_moment(now),
        outcome=outcome,
        reason=reason,
        fetched=fetched,
        same=counts[DifferenceKind.SAME],
        changed=counts[DifferenceKind.CHANGED],
        added=counts[DifferenceKind.ADDED],
        gone=counts[DifferenceKind.GONE],
        differences=tuple(found),
    )


class _Made(msgspec.Struct, rename="camel"):
    event: str = ""
    user_id: CustomerId | None = None


def _made(payload: bytes) -> _Made:
    try:
        return msgspec.json.decode(payload, type=_Made)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _Made()


def _outcome(settlement: Settlement) -> tuple[State, str, bytes, tuple[ExplainedFetch, ...]]:
    match settlement:
        case MadeReady(payload=payload, fetched=fetched):
            return State.READY, "", payload, _explained(fetched)
        case Suppressed(reason=reason, fetched=fetched):
            return State.SUPPRESSED, reason, b"", _explained(fetched)
        case Parked(cause=cause):
            return State.PARKED, cause, b"", ()
        case _:
            raise AssertionError("an event of this type is made, suppressed or parked")


def _explained(fetched: Sequence[Fetched]) -> tuple[ExplainedFetch, ...]:
    return tuple(ExplainedFetch(*msgspec.structs.astuple(each)) for each in fetched)


def _conversation(history: History) -> ConversationId | None:
    family, _, name = history.lane.partition(":")
    return ConversationId(name) if family == "conversation" and name else None


def _incomparable(history: History, segment_host: str | None) -> str:
    if history.event_type not in MAPPINGS:
        return f"No track event belongs to {history.event_type}, so there is nothing to compare."
    if not history.body:
        return "The webhook's content is no longer kept, so that nothing can be made of it."
    if segment_host is None:
        return f"The organization {history.organization} is not served any more, so that Gladly cannot be asked."
    return ""
