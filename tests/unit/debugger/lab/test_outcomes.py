"""What other options would change about an event, and about all that was looked at."""

from typing import Any

import msgspec
import pytest

from gladly_segment.core.ids import MessageId, Seq
from gladly_segment.core.lifecycle import IgnoreReason, ParkCause, State, SuppressReason
from gladly_segment.core.records import Delivered, History, Ignored, MadeReady, Parked, Settlement, Suppressed
from gladly_segment.debugger.lab.outcomes import (
    LONGEST_SHOWN,
    Becomes,
    Compared,
    Outcome,
    Verdict,
    compare,
    outcome_of,
    summary,
)
from tests.support.histories import received, sent, track_event

UNKNOWN = Outcome(becomes=Becomes.UNKNOWN, reason="no connection could be made")
NOT_WANTED = Suppressed(Seq(1), SuppressReason.EVENT_NOT_WANTED)
INCOMPLETE = Parked(Seq(1), ParkCause.EVENT_INCOMPLETE)


def made(**properties: Any) -> MadeReady:
    return MadeReady(Seq(1), track_event(**properties), MessageId("gladly-1"))


LARGE = made(story="x" * 40_000)


def compared(now: Settlement, then: Settlement, receipt: History | None = None) -> Compared:
    return compare(receipt or sent(), outcome_of(now), outcome_of(then))


@pytest.mark.parametrize(
    ("settlement", "becomes", "reason"),
    [
        (made(), Becomes.SENT, ""),
        (LARGE, Becomes.PARKED, ParkCause.EVENT_TOO_LARGE),
        (INCOMPLETE, Becomes.PARKED, ParkCause.EVENT_INCOMPLETE),
        (NOT_WANTED, Becomes.WITHHELD, SuppressReason.EVENT_NOT_WANTED),
        (Ignored(Seq(1), IgnoreReason.PROFILE_CHANGE_NOTED), Becomes.WITHHELD, IgnoreReason.PROFILE_CHANGE_NOTED),
    ],
)
def test_a_settlement_says_what_becomes_of_an_event(settlement: Settlement, becomes: Becomes, reason: str) -> None:
    outcome = outcome_of(settlement)

    assert (outcome.becomes, outcome.reason) == (becomes, reason)
    assert bool(outcome.event) is isinstance(settlement, MadeReady)


def test_enrich_delivers_nothing() -> None:
    with pytest.raises(AssertionError):
        outcome_of(Delivered(Seq(1)))


@pytest.mark.parametrize(
    ("now", "then", "verdict"),
    [
        (made(), made(), Verdict.UNCHANGED),
        (made(), made(email=None), Verdict.CHANGED),
        (made(), NOT_WANTED, Verdict.NO_LONGER_SENT),
        (NOT_WANTED, made(), Verdict.NEWLY_SENT),
        (LARGE, made(), Verdict.NEWLY_SENT),
        (NOT_WANTED, NOT_WANTED, Verdict.NEITHER),
        (LARGE, NOT_WANTED, Verdict.NEITHER),
        (made(), LARGE, Verdict.PARKED),
        (LARGE, LARGE, Verdict.PARKED),
        (INCOMPLETE, INCOMPLETE, Verdict.PARKED),
    ],
)
def test_each_event_has_one_verdict(now: Settlement, then: Settlement, verdict: Verdict) -> None:
    assert compared(now, then).verdict is verdict


def test_what_gladly_does_not_tell_is_not_judged() -> None:
    assert compare(sent(), UNKNOWN, UNKNOWN).verdict is Verdict.UNREADABLE


def test_each_value_is_shown_as_it_was_is_and_would_be() -> None:
    found = compared(made(customerName="Anna"), made(customerName="Anna", email=None))

    values = {each.path: each for each in found.values}
    assert (values["email"].was, values["email"].now, values["email"].then) == (
        '"ann@example.com"',
        '"ann@example.com"',
        None,
    )
    assert (values["email"].differs, values["email"].moved) == (True, False)
    assert (values["customerName"].was, values["customerName"].now, values["customerName"].then) == (
        '"Ann"',
        '"Anna"',
        '"Anna"',
    )
    assert (values["customerName"].differs, values["customerName"].moved) == (False, True)
    assert not values["phone"].touched


def test_a_value_that_is_there_no_more_is_shown_all_the_same() -> None:
    found = compared(made(phone=None), made(phone=None))

    [phone] = [each for each in found.values if each.path == "phone"]
    assert (phone.was, phone.now, phone.then, phone.moved) == ('"+15555550100"', None, None, True)


def test_what_was_never_made_has_no_value_of_before() -> None:
    found = compared(made(), made(), received())

    assert (found.was.becomes, found.was.reason) == (Becomes.WITHHELD, "received")
    assert {each.was for each in found.values} == {None}


def test_a_dead_letter_shows_what_it_died_with() -> None:
    dead = sent(state=State.PARKED, reason=ParkCause.EVENT_TOO_LARGE)

    assert compared(made(), made(), dead).was == Outcome(
        becomes=Becomes.PARKED, reason=ParkCause.EVENT_TOO_LARGE, event=track_event().decode()
    )


def test_a_long_value_is_cut_and_a_difference_behind_the_cut_is_one() -> None:
    found = compared(made(note="x" * 1_000 + "a"), made(note="x" * 1_000 + "b"))

    [note] = [each for each in found.values if each.path == "note"]
    assert note.differs
    assert note.now is not None
    assert len(note.now) < LONGEST_SHOWN + 30
    assert "1003 characters" in note.now


def test_the_counts_of_all_verdicts_add_up() -> None:
    found = [
        compared(made(), made()),
        compared(made(), made(email=None)),
        compared(made(), made(email=None, phone=None)),
        compared(made(), NOT_WANTED),
        compared(made(), LARGE),
        compare(sent(), UNKNOWN, UNKNOWN),
    ]

    counted = summary(found)

    assert counted.looked_at == sum(each.events for each in counted.counts) == len(found)
    assert {each.verdict: each.events for each in counted.counts} == {
        Verdict.UNCHANGED: 1,
        Verdict.CHANGED: 2,
        Verdict.NO_LONGER_SENT: 1,
        Verdict.PARKED: 1,
        Verdict.UNREADABLE: 1,
    }
    assert {each.verdict: each.reasons for each in counted.counts}[Verdict.PARKED] == (ParkCause.EVENT_TOO_LARGE,)
    assert [(each.path, each.events) for each in counted.properties] == [("email", 2), ("phone", 1)]


def test_nothing_looked_at_counts_nothing() -> None:
    assert msgspec.structs.astuple(summary([])) == (0, (), ())
