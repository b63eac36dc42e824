"""Why a conversation's events are in Segment, or are not: what an analyst is told."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from gladly_segment.core.ids import Seq
from gladly_segment.core.lifecycle import (
    REMEDIES,
    DropReason,
    IgnoreReason,
    ParkCause,
    Stage,
    State,
    SuppressReason,
)
from gladly_segment.core.records import History
from gladly_segment.core.situation import Held, Rate, Situation
from gladly_segment.core.verdict import Answer, Verdict
from gladly_segment.core.why import why, why_conversation
from tests.support.clock import START
from tests.unit.core.histories import CLOSED, SHOP, a_receipt, step

TWO_STEPS = [
    (State.RECEIVED, Stage.ENRICH, "Gladly could not be asked"),
    (State.READY, Stage.DELIVER, "Segment did not take it"),
]


def now(**known: Any) -> Situation:
    return Situation(now=START, organization=SHOP, **known)


def alone(receipt: History, **known: Any) -> Answer:
    """Of a conversation with this one receipt, both answers are the same."""
    answer = why(receipt, [receipt], now(**known))
    if receipt.state is not State.IGNORED:
        assert why_conversation([receipt], now(**known)) == answer
    return answer


def test_what_was_sent_tells_when_how_segment_answered_and_what_that_does_not_prove() -> None:
    first = step("deliver", "delivered", detail="200 in 90 ms, 1 event in the batch", after_s=1)
    again = step("deliver", "delivered", detail="200 in 35 ms, 12 events in the batch", after_s=3600)
    replayed = step("person", "ready", after_s=3599)

    answer = alone(a_receipt(State.DELIVERED, attempts=(first, replayed, again)))

    assert answer.verdict is Verdict.SENT
    assert answer.why == (
        "Sent at 2026-03-01T13:00:00.000Z as gladly-1, and Segment answered 200 in 35 ms, 12 events in the batch."
    )
    assert "nothing of the destinations" in answer.todo
    assert "messageId" in answer.todo


def test_what_an_earlier_version_sent_tells_what_is_known() -> None:
    assert alone(a_receipt(State.DELIVERED)).why == "Sent as gladly-1, and Segment accepted it."


def test_what_was_sent_and_is_no_longer_kept_says_so() -> None:
    assert alone(a_receipt(State.DELIVERED, body=b"")).why.endswith("; what was sent is no longer kept.")


@pytest.mark.parametrize(
    ("reason", "verdict", "because"),
    [
        (SuppressReason.CUSTOMER_DELETED, Verdict.CUSTOMER_DELETED, "its customer was deleted in Gladly"),
        (SuppressReason.CONVERSATION_GONE, Verdict.CONVERSATION_GONE, "two customers were merged"),
        (SuppressReason.CUSTOMER_ERASED, Verdict.CUSTOMER_ERASED, "somebody erased its customer from this service"),
        (SuppressReason.EVENT_NOT_WANTED, Verdict.NOT_WANTED, "setting `events` does not have events of its kind"),
    ],
)
def test_what_was_suppressed_tells_why(reason: SuppressReason, verdict: Verdict, because: str) -> None:
    answer = alone(a_receipt(State.SUPPRESSED, reason))

    assert answer.verdict is verdict
    assert answer.why.startswith("Not sent")
    assert because in answer.why


def test_every_reason_to_suppress_and_to_ignore_has_an_answer() -> None:
    suppressed = [alone(a_receipt(State.SUPPRESSED, reason)).verdict for reason in SuppressReason]
    ignored = [alone(a_receipt(State.IGNORED, reason)).verdict for reason in IgnoreReason]

    assert len({*suppressed, *ignored}) == len(SuppressReason) + len(IgnoreReason)


@pytest.mark.parametrize("cause", ParkCause)
def test_a_dead_letter_tells_its_cause_and_its_remedy(cause: ParkCause) -> None:
    answer = alone(a_receipt(State.PARKED, cause, seq=7, detail="answered 400 (Bad Request)"))

    assert answer.verdict is Verdict.PARKED
    assert f"{cause} (answered 400 (Bad Request))" in answer.why
    assert REMEDIES[cause].meaning in answer.why
    assert REMEDIES[cause].action in answer.todo
    assert answer.todo.endswith("gladly-segment dead retry 7")


def test_what_was_dropped_tells_that_somebody_did_it_when_and_after_what() -> None:
    parked = step("deliver", "parked", "request_refused", "answered 400")
    dropped = step("person", "dropped", DropReason.BY_HAND, after_s=60)

    answer = alone(a_receipt(State.DROPPED, DropReason.BY_HAND, attempts=(parked, dropped)))

    assert answer == Answer(
        Verdict.DROPPED,
        "Not sent, because somebody dropped it by hand at 2026-03-01T12:01:00.000Z, after it had become a dead letter "
        "(request_refused).",
    )


@pytest.mark.parametrize("state", [State.RECEIVED, State.READY])
def test_what_waits_for_an_organization_that_is_paused_or_no_longer_served_says_so(state: State) -> None:
    paused, unknown = alone(a_receipt(state), paused=True), alone(a_receipt(state), known=False)

    assert (paused.verdict, unknown.verdict) == (Verdict.PAUSED, Verdict.NOT_SERVED)
    assert paused.todo.endswith("gladly-segment organizations resume shop")


@pytest.mark.parametrize("state", [State.RECEIVED, State.READY])
def test_what_waits_while_no_service_runs_says_so(state: State) -> None:
    assert alone(a_receipt(state), running=False, paused=True).verdict is Verdict.NOT_RUNNING


@pytest.mark.parametrize(("state", "stage", "trouble"), TWO_STEPS)
def test_what_waits_for_a_stage_that_stands_still_tells_what_is_wrong(state: State, stage: Stage, trouble: str) -> None:
    held = (Held(stage, "answered 401 (Unauthorized)"),)

    answer = alone(a_receipt(state), held=held)

    assert answer.verdict is Verdict.STAGE_HELD
    assert f"{trouble}: answered 401 (Unauthorized)." in answer.why
    assert answer.todo == "Run: gladly-segment doctor --organization shop"
    other = next(each for each, stands, _ in TWO_STEPS if stands is not stage)
    assert alone(a_receipt(other), held=held).verdict is not Verdict.STAGE_HELD


@pytest.mark.parametrize(("state", "stage", "trouble"), TWO_STEPS)
def test_what_is_tried_again_tells_when_and_after_what(state: State, stage: Stage, trouble: str) -> None:
    due = START + timedelta(seconds=30)

    answer = alone(a_receipt(state, due_at=due, detail="answered 503 (Service Unavailable)"))

    assert answer == Answer(
        Verdict.RETRY_DUE,
        f"Not sent yet, because {trouble}: answered 503 (Service Unavailable). It is tried again at "
        "2026-03-01T12:00:30.000Z.",
    )


def test_what_waits_for_gladlys_quota_tells_how_many_are_before_it_and_for_how_long_about() -> None:
    answer = alone(a_receipt(State.RECEIVED), ahead={Seq(1): 1999}, rate=Rate(8, 10))

    assert answer.verdict is Verdict.WAITING_FOR_QUOTA
    assert answer.why == (
        "Not sent yet, because it waits for its turn to be looked up at Gladly: 1999 events are before it, and Gladly "
        "is asked at most 8 times a second, so that it takes about 5 min."
    )


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ({}, "to be looked up at Gladly."),
        ({"ahead": {Seq(1): 3}}, "to be looked up at Gladly: 3 events are before it."),
        ({"ahead": {Seq(1): 1}}, "to be looked up at Gladly: 1 event is before it."),
        ({"rate": Rate(8, 10)}, "to be looked up at Gladly, and Gladly is asked at most 8 times a second."),
    ],
)
def test_what_is_not_known_of_the_queue_is_left_out(known: dict[str, Any], told: str) -> None:
    assert alone(a_receipt(State.RECEIVED), **known).why.endswith(told)


def test_what_is_ready_and_due_is_about_to_be_sent() -> None:
    assert alone(a_receipt(State.READY)).verdict is Verdict.ABOUT_TO_BE_SENT


@pytest.mark.parametrize("before", [State.RECEIVED, State.READY])
def test_what_waits_behind_an_earlier_event_of_its_conversation_names_it(before: State) -> None:
    lane = [a_receipt(before, seq=1), a_receipt(State.READY, seq=2, event_type=CLOSED)]

    answer = why(lane[1], lane, now())

    assert answer.verdict is Verdict.BEHIND_ANOTHER
    assert "#1 (CONVERSATION/CREATED)" in answer.why


@pytest.mark.parametrize("before", [State.RECEIVED, State.READY])
def test_what_is_to_be_looked_up_waits_for_no_other_event_of_its_conversation(before: State) -> None:
    lane = [a_receipt(before, seq=1), a_receipt(State.RECEIVED, seq=2, event_type=CLOSED)]

    assert why(lane[1], lane, now()).verdict is Verdict.WAITING_FOR_QUOTA


@pytest.mark.parametrize("ended", [State.DELIVERED, State.SUPPRESSED, State.PARKED, State.DROPPED, State.IGNORED])
def test_nothing_waits_behind_what_has_ended_or_comes_after_it(ended: State) -> None:
    lane = [a_receipt(ended, seq=1), a_receipt(State.READY, seq=2), a_receipt(State.READY, seq=3)]

    assert why(lane[1], lane, now()).verdict is Verdict.ABOUT_TO_BE_SENT


def test_a_conversation_of_which_all_was_sent_says_so() -> None:
    lane = [a_receipt(State.DELIVERED, seq=1), a_receipt(State.DELIVERED, seq=2, event_type=CLOSED)]

    answer = why_conversation(lane, now())

    assert answer.verdict is Verdict.SENT
    assert answer.why == "All 2 events were sent. The last: Sent as gladly-2, and Segment accepted it."


@pytest.mark.parametrize(
    ("states", "told"),
    [
        ([(State.DELIVERED, ""), (State.PARKED, ParkCause.NO_USER), (State.RECEIVED, "")], (2, Verdict.PARKED)),
        ([(State.RECEIVED, ""), (State.READY, "")], (1, Verdict.WAITING_FOR_QUOTA)),
        ([(State.READY, ""), (State.READY, "")], (1, Verdict.ABOUT_TO_BE_SENT)),
        (
            [(State.SUPPRESSED, SuppressReason.EVENT_NOT_WANTED), (State.DELIVERED, "")],
            (1, Verdict.NOT_WANTED),
        ),
        ([(State.DROPPED, DropReason.BY_HAND), (State.RECEIVED, "")], (2, Verdict.WAITING_FOR_QUOTA)),
    ],
)
def test_of_several_events_the_one_that_most_needs_explaining_is_told(
    states: Sequence[tuple[State, str]], told: tuple[int, Verdict]
) -> None:
    lane = [a_receipt(state, reason, seq=seq) for seq, (state, reason) in enumerate(states, start=1)]

    answer = why_conversation(lane, now())

    sent = sum(state is State.DELIVERED for state, _ in states)
    assert answer.verdict is told[1]
    assert answer.why.startswith(f"{sent} of {len(states)} events were sent. #{told[0]} (CONVERSATION/CREATED): ")


def test_ignored_events_are_not_counted_among_those_to_be_sent() -> None:
    lane = [
        a_receipt(State.IGNORED, IgnoreReason.TYPE_NOT_MAPPED, seq=1, event_type="MESSAGE/RECEIVED"),
        a_receipt(State.DELIVERED, seq=2),
    ]

    assert why_conversation(lane, now()) == why(lane[1], lane, now())


def test_a_conversation_with_nothing_but_ignored_events_tells_of_what_types_they_were() -> None:
    types = ("MESSAGE/RECEIVED", "CONTACT/STARTED", "MESSAGE/RECEIVED")
    lane = [
        a_receipt(State.IGNORED, IgnoreReason.TYPE_NOT_MAPPED, seq=seq, event_type=event_type)
        for seq, event_type in enumerate(types, start=1)
    ]

    answer = why_conversation(lane, now())

    assert answer.verdict is Verdict.TYPE_IGNORED
    assert answer.why.endswith(": CONTACT/STARTED (1), MESSAGE/RECEIVED (2).")
    assert "CONVERSATION/CREATED and CONVERSATION/CLOSED" in answer.todo
