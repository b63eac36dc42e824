"""The way of one event, step by step, as it is told on its page."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from gladly_segment.core.lifecycle import Stage, State, unsettled
from gladly_segment.core.provenance import Fetched
from gladly_segment.core.records import Attempt, History, MappingNote

NOTES: Final = {
    MappingNote.PHONE_NOT_A_NUMBER: "The phone number was left out: it is none that can be written as E.164.",
    MappingNote.CUSTOM_ATTRIBUTES_NOT_AN_OBJECT: "The custom attributes were left out: they are no JSON object.",
    MappingNote.AGENT_NOT_LISTED: "The agent's name was left out: the agent is not on Gladly's list of agents.",
}
"""What was left out, in words."""


class Kind(StrEnum):
    """What a step is."""

    OCCURRED = "occurred"
    RECEIVED = "received"
    FETCHED = "fetched"
    STEP = "step"
    DUE = "due"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, or is to happen. `outcome` is the state it led to, or `deferred`.

    `late_s` is how long after the event occurred it was received. A step without a time belongs to the one after it.
    """

    kind: Kind
    at: datetime | None = None
    by: str = ""
    outcome: str = ""
    reason: str = ""
    detail: str = ""
    due_at: datetime | None = None
    late_s: float | None = None
    fetched: Sequence[Fetched] = ()
    notes: Sequence[str] = ()


def timeline(history: History) -> Sequence[Step]:
    """Tell a receipt's way in order: what was fetched stands before the step that was made of it."""
    return tuple(_steps(history))


def _steps(history: History) -> Iterator[Step]:
    late_s = None
    if history.occurred_at is not None:
        yield Step(kind=Kind.OCCURRED, at=history.occurred_at, by="Gladly")
        late_s = (history.received_at - history.occurred_at).total_seconds()
    yield Step(kind=Kind.RECEIVED, at=history.received_at, by=history.source, late_s=late_s)
    made = _made_by(history.attempts)
    for number, attempt in enumerate(history.attempts):
        if number == made and history.fetched:
            yield Step(kind=Kind.FETCHED, fetched=history.fetched)
        yield Step(
            kind=Kind.STEP,
            at=attempt.at,
            by=attempt.by,
            outcome=attempt.outcome,
            reason=attempt.reason,
            detail=attempt.detail,
            due_at=attempt.due_at,
            notes=[NOTES[MappingNote(note)] for note in history.notes] if number == made else (),
        )
    if unsettled(history.state):
        yield Step(kind=Kind.DUE, at=history.due_at, by=_next(history.state), outcome=history.state)


def _made_by(attempts: Sequence[Attempt]) -> int | None:
    """Find the last step that an entity could have been fetched for."""
    made = (State.READY, State.SUPPRESSED, State.PARKED)
    found = [number for number, each in enumerate(attempts) if each.by == Stage.ENRICH and each.outcome in made]
    return found[-1] if found else None


def _next(state: State) -> str:
    return Stage.ENRICH if state is State.RECEIVED else Stage.DELIVER
