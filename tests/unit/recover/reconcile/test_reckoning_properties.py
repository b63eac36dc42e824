"""Whatever happened: the sum comes out exactly when nothing is particular, and what is planted is named."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gladly_segment.core.certificate import DifferenceKind, Standing
from gladly_segment.core.ids import MessageId, ReceiptKey, Seq
from gladly_segment.core.lifecycle import State
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.past import PastOccurrence, Span
from gladly_segment.ports.outcomes import Outcome
from tests.support.clock import START
from tests.support.reckoning import (
    HOUR,
    certified,
    listed,
    outcome,
    told,
)

M, S, MS = timedelta(minutes=1), timedelta(seconds=1), timedelta(milliseconds=1)
CREATED = EventKind.CREATED

PLAYED = st.lists(
    st.tuples(
        st.integers(0, 7),
        st.sampled_from(EventKind),
        st.integers(-4_000, 3_604_000).map(lambda ms: ms - ms % 2_000),
        st.sampled_from(
            [
                (State.DELIVERED, ""),
                (State.SUPPRESSED, "customer_deleted"),
                (State.RECEIVED, ""),
                (State.PARKED, "no_user"),
                (State.DROPPED, "by_hand"),
            ]
        ),
    ),
    unique_by=lambda each: (each[0], each[1], None if each[1] is CREATED else each[2]),
    max_size=25,
)
"""Occurrences of eight conversations in and around the hour, closings two seconds apart, and how they ended."""


def _played(
    played: Iterable[tuple[int, EventKind, int, tuple[State, str]]],
) -> tuple[list[PastOccurrence], list[Outcome]]:
    happened: list[PastOccurrence] = []
    received: list[Outcome] = []
    for seq, (number, kind, ms, (state, reason)) in enumerate(played, 1):
        at = START + ms * MS
        happened.append(told(f"c-{number}", kind, at=at))
        received.append(outcome(f"c-{number}", kind, at=at, seq=seq, state=state, reason=reason))
    return happened, received


def _in_hour(happened: PastOccurrence) -> bool:
    return HOUR.start <= happened.at < HOUR.end


@given(PLAYED)
def test_the_sum_comes_out_exactly_when_nothing_is_particular(played: Any) -> None:
    happened, received = _played(played)
    states = [state for (_, _, ms, (state, _)) in played if 0 <= ms < 3_600_000]
    certificate = certified(listed(*happened), *received)

    assert certificate.at_gladly == certificate.in_journal == len(states)
    ended = sum(state in {State.DELIVERED, State.SUPPRESSED} for state in states)
    assert certificate.ended == ended
    assert (certificate.standing is Standing.COMPLETE) == (ended == len(states))
    assert len(certificate.differences) == len(states) - ended


@given(PLAYED, st.data())
def test_each_planted_difference_is_named_by_its_id_and_no_other(played: Any, data: st.DataObject) -> None:
    happened, received = _played((number, kind, ms, (State.DELIVERED, "")) for number, kind, ms, _ in played)
    plants = st.sampled_from(["none", "missing", "unknown"])
    tells, has, planted = list[PastOccurrence](), list[Outcome](), set[tuple[str, EventKind, DifferenceKind, object]]()
    for each, receipt in zip(happened, received, strict=True):
        plant = data.draw(plants) if _in_hour(each) else "none"
        if plant != "unknown":
            tells.append(each)
        if plant != "missing":
            has.append(receipt)
        if plant != "none":
            planted.add((each.conversation, each.kind, DifferenceKind(plant), each.at))
    certificate = certified(listed(*tells), *has)

    named = {(each.conversation, each.event, each.kind, each.at) for each in certificate.differences}
    assert named == planted
    assert (certificate.standing is Standing.COMPLETE) == (not planted)


@given(PLAYED, st.integers(0, 24))
def test_a_planted_second_receipt_is_found_by_its_number(played: Any, which: int) -> None:
    happened, received = _played((number, kind, ms, (State.DELIVERED, "")) for number, kind, ms, _ in played)
    inside = [receipt for each, receipt in zip(happened, received, strict=True) if _in_hour(each)]
    if not inside:
        return
    original = inside[which % len(inside)]
    second = _again(original)
    certificate = certified(listed(*happened), *received, second)

    assert [(each.kind, each.seqs) for each in certificate.differences] == [
        (DifferenceKind.DOUBLED, (original.seq, second.seq))
    ]


@given(PLAYED)
def test_over_neighbouring_hours_everything_is_counted_once(played: Any) -> None:
    happened, received = _played((number, kind, ms, (State.DELIVERED, "")) for number, kind, ms, _ in played)
    hours = [Span(HOUR.start + n * 60 * M, HOUR.end + n * 60 * M) for n in (-1, 0, 1)]
    certificates = [
        certified(listed(*happened, covers=Span(hour.start - S, hour.end + S)), *received, span=hour) for hour in hours
    ]

    assert sum(each.at_gladly for each in certificates) == len(happened)
    assert {each.standing for each in certificates} == {Standing.COMPLETE}


def _again(original: Outcome) -> Outcome:
    return Outcome(
        seq=Seq(1_000),
        key=ReceiptKey("another name"),
        conversation=original.conversation,
        kind=original.kind,
        occurred_at=original.occurred_at,
        event_id="",
        source=original.source,
        state=State.DELIVERED,
        reason="",
        message_id=MessageId("gladly-another"),
    )
