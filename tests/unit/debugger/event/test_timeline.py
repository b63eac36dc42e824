"""The way of an event is told step by step, with what was fetched before the step that was made of it."""

from collections.abc import Sequence

import pytest

from gladly_segment.core.lifecycle import State
from gladly_segment.core.records import MappingNote
from gladly_segment.debugger.event.timeline import NOTES, Kind, Step, timeline
from tests.support.histories import FETCHED, after, attempt, received, sent


def kinds(steps: Sequence[Step]) -> list[tuple[Kind, str]]:
    return [(step.kind, step.outcome) for step in steps]


def test_a_sent_event_is_told_from_its_occurrence_to_segments_answer() -> None:
    steps = timeline(sent())

    assert kinds(steps) == [
        (Kind.OCCURRED, ""),
        (Kind.RECEIVED, ""),
        (Kind.FETCHED, ""),
        (Kind.STEP, "ready"),
        (Kind.STEP, "delivered"),
    ]
    assert steps[1].late_s == 1
    assert steps[2].fetched == FETCHED
    assert steps[4].detail.startswith("200")


def test_what_was_fetched_belongs_to_the_last_mapping() -> None:
    history = sent(
        attempts=(
            attempt(1, "enrich", "suppressed", reason="customer_deleted"),
            attempt(2, "person", "received"),
            attempt(3, "enrich", "deferred", detail="answered 503", due_at=after(4)),
            attempt(4, "enrich", "ready"),
            attempt(5, "deliver", "delivered"),
        )
    )

    told = kinds(timeline(history))

    assert told.index((Kind.FETCHED, "")) == told.index((Kind.STEP, "ready")) - 1
    assert told.count((Kind.FETCHED, "")) == 1


def test_what_was_left_out_is_told_with_the_mapping() -> None:
    notes = (str(MappingNote.PHONE_NOT_A_NUMBER), str(MappingNote.AGENT_NOT_LISTED))

    (mapped,) = [step for step in timeline(sent(notes=notes)) if step.notes]

    assert mapped.outcome == "ready"
    assert "phone number" in mapped.notes[0]
    assert "agent" in mapped.notes[1]


@pytest.mark.parametrize(("state", "by"), [(State.RECEIVED, "enrich"), (State.READY, "deliver")])
def test_what_waits_ends_with_what_is_next(state: State, by: str) -> None:
    last = timeline(received(state=state, due_at=after(60)))[-1]

    assert (last.kind, last.by, last.at) == (Kind.DUE, by, after(60))


def test_an_event_without_a_time_of_its_own_begins_when_it_was_received() -> None:
    first = timeline(received(occurred_at=None))[0]

    assert (first.kind, first.late_s) == (Kind.RECEIVED, None)


def test_every_note_has_its_words() -> None:
    assert set(NOTES) == set(MappingNote)
