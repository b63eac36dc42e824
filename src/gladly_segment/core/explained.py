"""A conversation with everything that befell its events, and why: as pages and commands give it, as JSON too."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from gladly_segment.core.ids import ConversationId, OrganizationId
from gladly_segment.core.moments import format_moment
from gladly_segment.core.records import Attempt, History
from gladly_segment.core.situation import Situation
from gladly_segment.core.verdict import Answer
from gladly_segment.core.why import why, why_conversation


class ExplainedFetch(msgspec.Struct, frozen=True, rename="camel"):
    """An entity as it was used; see `core/provenance.py`."""

    resource: str
    id: str
    origin: str
    age_s: float
    found: bool


class ExplainedAttempt(msgspec.Struct, frozen=True, rename="camel"):
    """One step: what a stage, or a person, made of it; `detail` has a vendor's answer, `due_at` when it is repeated."""

    at: str
    by: str
    outcome: str
    reason: str
    detail: str
    due_at: str | None


class ExplainedEvent(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One event. `received` is the webhook's body, `event` the track event if there is one.

    Both are JSON themselves, or the text of what is not; empty when `content_kept` is False.
    """

    number: int
    event_type: str
    event_id: str
    occurred_at: str | None
    received_at: str
    source: str
    state: str
    reason: str
    detail: str
    message_id: str
    answer: Answer
    fetched: tuple[ExplainedFetch, ...]
    attempts: tuple[ExplainedAttempt, ...]
    notes: tuple[str, ...]
    content_kept: bool
    received: msgspec.Raw | str
    event: msgspec.Raw | str | None


class ExplainedConversation(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What became of a conversation of an organization; `organization` is None where nobody said whose it is."""

    organization: OrganizationId | None
    conversation: ConversationId
    answer: Answer
    events: tuple[ExplainedEvent, ...]


def explained(
    conversation: ConversationId, histories: Sequence[History], situation: Situation
) -> ExplainedConversation:
    """Explain a conversation of the situation's organization by all receipts of its lane, in log order."""
    return ExplainedConversation(
        organization=situation.organization,
        conversation=conversation,
        answer=why_conversation(histories, situation),
        events=tuple(explained_event(each, why(each, histories, situation)) for each in histories),
    )


def explained_event(history: History, answer: Answer) -> ExplainedEvent:
    """Give one receipt with its answer."""
    return ExplainedEvent(
        number=history.seq,
        event_type=history.event_type,
        event_id=history.event_id,
        occurred_at=_text(history.occurred_at),
        received_at=format_moment(history.received_at),
        source=history.source,
        state=history.state,
        reason=history.reason,
        detail=history.detail,
        message_id=history.message_id,
        answer=answer,
        fetched=tuple(ExplainedFetch(*msgspec.structs.astuple(each)) for each in history.fetched),
        attempts=tuple(_attempt(each) for each in history.attempts),
        notes=history.notes,
        content_kept=bool(history.body),
        received=_json(history.body),
        event=_json(history.payload) if history.payload else None,
    )


def _attempt(attempt: Attempt) -> ExplainedAttempt:
    return ExplainedAttempt(
        format_moment(attempt.at),
        attempt.by,
        attempt.outcome,
        attempt.reason,
        attempt.detail,
        _text(attempt.due_at),
    )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else format_moment(moment)


def _json(content: bytes) -> msgspec.Raw | str:
    try:
        content.decode()
        return msgspec.Raw(msgspec.json.format(content, indent=-1))  # on one line
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return content.decode(errors="replace")
