"""The life of a receipt: the table is closed, every state is somebody's, every dead letter has a remedy."""

import pytest

from gladly_segment.core.lifecycle import (
    CLAIMED_BY,
    CURATED,
    ENTRY_STATES,
    REMEDIES,
    TRANSITIONS,
    ParkCause,
    Stage,
    State,
    unsettled,
)


def reachable_from(*starts: State) -> set[State]:
    reached: set[State] = set()
    frontier = set(starts)
    while frontier:
        reached |= frontier
        frontier = {after for before in frontier for after in TRANSITIONS[before]} - reached
    return reached


@pytest.mark.parametrize("state", State)
def test_every_state_has_its_ways(state: State) -> None:
    assert state in TRANSITIONS
    assert TRANSITIONS[state] <= set(State)


@pytest.mark.parametrize("state", State)
def test_a_state_is_a_stages_or_an_end(state: State) -> None:
    assert unsettled(state) == (state in CLAIMED_BY) == bool(TRANSITIONS[state])


def test_every_stage_has_one_state_to_work_on() -> None:
    assert sorted(CLAIMED_BY.values()) == sorted(Stage)


def test_every_state_is_reached() -> None:
    by_hand = {after for ways in CURATED.values() for after in ways}

    assert reachable_from(*ENTRY_STATES) | by_hand == set(State)


@pytest.mark.parametrize("state", CLAIMED_BY)
def test_a_receipt_in_a_stages_hands_may_stay_and_may_end(state: State) -> None:
    assert state in TRANSITIONS[state]
    assert State.PARKED in TRANSITIONS[state]
    assert {State.DELIVERED, State.PARKED} <= reachable_from(state)


def test_only_what_is_ready_is_delivered() -> None:
    assert {before for before, ways in TRANSITIONS.items() if State.DELIVERED in ways} == {State.READY}


def test_nothing_goes_back() -> None:
    assert State.RECEIVED not in reachable_from(State.READY)
    assert all(reachable_from(end) == {end} for end in State if not unsettled(end))


def test_nothing_enters_as_ready_delivered_or_suppressed() -> None:
    assert {State.RECEIVED, State.IGNORED, State.PARKED} == ENTRY_STATES


@pytest.mark.parametrize("cause", ParkCause)
def test_every_dead_letter_has_a_meaning_and_an_action_in_sentences(cause: ParkCause) -> None:
    remedy = REMEDIES[cause]

    assert all(text[0].isupper() and text.endswith(".") for text in (remedy.meaning, remedy.action))


def test_no_remedy_is_for_a_cause_that_does_not_exist() -> None:
    assert set(REMEDIES) == set(ParkCause)
