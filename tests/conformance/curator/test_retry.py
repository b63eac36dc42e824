"""Holds drivers to `Curator.retry` and `Curator.drop`."""

import pytest

from gladly_segment.core.identity import message_id
from gladly_segment.core.ids import ReceiptKey, Seq
from gladly_segment.core.lifecycle import CURATED, RESENT_AS_IT_IS, DropReason, ParkCause, Stage, State
from gladly_segment.core.records import Attempt, Deferred, Delivered, MadeReady, Parked, Selection, Tally
from gladly_segment.ports.curator import Curator, Replayed
from gladly_segment.ports.journal import Journal
from tests.conformance.curator.harness import Harness
from tests.conformance.curator.steps import (
    ALL,
    BAD_EVENT,
    VENDOR_TROUBLE,
    by_key,
    deliver,
    fill_every_state,
    park,
    park_unmapped,
    states,
    told,
    work_off,
)
from tests.conformance.journal.contract import holds_to
from tests.conformance.journal.steps import claim, enrich, fill
from tests.support.clock import START
from tests.support.journals import counts
from tests.support.receipts import OTHER_SHOP, SHOP, receipt

ON_THEIR_WAY = "Send dead letters on their way again; tell how many."
IN_PLACE = "They keep their place in their conversation."
FOR_GOOD = "Give up dead letters for good; tell how many."


@pytest.mark.parametrize("cause", ParkCause)
@holds_to(Curator.retry, ON_THEIR_WAY)
async def test_a_track_event_goes_on_as_it_is_or_is_mapped_anew_by_its_cause(
    journal: Journal, curator: Curator, cause: ParkCause
) -> None:
    await park(journal, "a", cause=cause)

    assert await curator.retry(ALL) == 1

    stage, payload = (Stage.DELIVER, b"payload of a") if cause in RESENT_AS_IT_IS else (Stage.ENRICH, b"")
    [entry] = await claim(journal, stage)
    assert (entry.key, entry.payload, entry.message_id) == ("a", payload, message_id(ReceiptKey("a")))


@pytest.mark.parametrize("cause", ParkCause)
@holds_to(Curator.retry, ON_THEIR_WAY)
async def test_what_was_never_mapped_is_mapped_whatever_the_cause(
    journal: Journal, curator: Curator, cause: ParkCause
) -> None:
    await park_unmapped(journal, "a", cause=cause)

    assert await curator.retry(ALL) == 1

    [entry] = await claim(journal, Stage.ENRICH)
    assert (entry.key, entry.state) == ("a", State.RECEIVED)


@holds_to(Curator.retry, ON_THEIR_WAY)
async def test_a_retried_letter_begins_anew(harness: Harness, journal: Journal, curator: Curator) -> None:
    await fill(journal, "a")
    await enrich(journal)
    [entry] = await claim(journal, Stage.DELIVER)
    await journal.settle([Deferred(entry.seq, START, counted=True)])
    [entry] = await claim(journal, Stage.DELIVER)
    await journal.settle([Parked(entry.seq, VENDOR_TROUBLE)])
    harness.clock.advance(100_000)

    await curator.retry(ALL)

    [entry] = await claim(journal, Stage.DELIVER)
    assert (entry.attempts, entry.entered_at, entry.received_at) == (0, harness.clock.now(), START)


@holds_to(Curator.retry, ON_THEIR_WAY)
async def test_only_dead_letters_are_retried(journal: Journal, curator: Curator) -> None:
    await fill_every_state(journal)
    before = await by_key(curator)

    assert await curator.retry(Selection(states=tuple(State))) == 1

    after = await by_key(curator)
    assert {key for key in after if after[key] != before[key]} == {"parked"}
    assert after["parked"].state in CURATED[State.PARKED]


@holds_to(Curator.drop, FOR_GOOD)
async def test_only_dead_letters_are_dropped(journal: Journal, curator: Curator) -> None:
    await fill_every_state(journal)
    before = await by_key(curator)

    assert await curator.drop(Selection(states=tuple(State))) == 1

    after = await by_key(curator)
    assert {key for key in after if after[key] != before[key]} == {"parked"}
    assert (after["parked"].state, after["parked"].reason) == (State.DROPPED, DropReason.BY_HAND)


@holds_to(Curator.drop, FOR_GOOD)
@holds_to(Curator.retry, ON_THEIR_WAY)
async def test_what_was_dropped_comes_back_by_nothing(journal: Journal, curator: Curator) -> None:
    await park(journal, "a")
    await curator.drop(ALL)

    assert (await curator.retry(ALL), await curator.drop(ALL), await curator.replay(ALL, remap=True)) == (
        0,
        0,
        Replayed(0),
    )
    assert await work_off(journal) == []


@holds_to(Curator, "Works beside a running service, which takes notice of changes within a second.")
async def test_what_the_service_has_in_hand_stays_in_its_hands(journal: Journal, curator: Curator) -> None:
    ready, received = await fill_every_state(journal)

    await curator.retry(ALL)
    await curator.drop(ALL)
    await curator.replay(ALL, remap=True)

    await journal.settle([Delivered(ready.seq), MadeReady(received.seq, b"{}", message_id(received.key))])
    found = await by_key(curator)
    assert (found["ready and claimed"].state, found["received and claimed"].state) == (State.DELIVERED, State.READY)


@pytest.mark.parametrize("cause", [VENDOR_TROUBLE, BAD_EVENT])
@holds_to(Curator.retry, IN_PLACE)
async def test_later_events_that_wait_are_delivered_behind_a_retried_one(
    journal: Journal, curator: Curator, cause: ParkCause
) -> None:
    await park(journal, "1", lane="c", cause=cause)
    await fill(journal, "2", "3", lane="c")
    await enrich(journal)

    await curator.retry(ALL)

    assert await work_off(journal) == ["1", "2", "3"]


@holds_to(Curator.retry, IN_PLACE)
async def test_a_later_event_in_flight_may_arrive_and_the_rest_waits_for_the_retried_one(
    journal: Journal, curator: Curator
) -> None:
    await park(journal, "1", lane="c")
    await fill(journal, "2", "3", lane="c")
    await enrich(journal)
    [in_flight] = await claim(journal, Stage.DELIVER)

    await curator.retry(ALL)
    await journal.settle([Delivered(in_flight.seq)])

    assert in_flight.key == "2"
    assert await deliver(journal) == ["1", "3"]


@holds_to(Curator.retry, IN_PLACE)
async def test_a_later_event_whose_attempt_failed_waits_for_the_retried_one(journal: Journal, curator: Curator) -> None:
    await park(journal, "1", lane="c")
    await fill(journal, "2", "3", lane="c")
    await enrich(journal)
    [in_flight] = await claim(journal, Stage.DELIVER)

    await curator.retry(ALL)
    await journal.settle([Deferred(in_flight.seq, START, counted=True)])

    assert await deliver(journal) == ["1", "2", "3"]


@holds_to(Curator.retry, IN_PLACE)
async def test_a_retried_event_waits_for_earlier_ones(journal: Journal, curator: Curator) -> None:
    await fill(journal, "1", "2", "3", lane="c")
    first, second, third = await claim(journal, Stage.ENRICH)
    await journal.settle([Parked(second.seq, VENDOR_TROUBLE)])
    await journal.settle([MadeReady(third.seq, b"{}", message_id(third.key))])

    await curator.retry(ALL)
    await enrich(journal)

    assert await deliver(journal) == []
    await journal.settle([MadeReady(first.seq, b"{}", message_id(first.key))])
    assert await deliver(journal) == ["1", "2", "3"]


@holds_to(Curator.retry, IN_PLACE)
async def test_two_of_a_conversation_retried_together_keep_their_order(journal: Journal, curator: Curator) -> None:
    await park(journal, "1", "2", lane="c")
    await fill(journal, "3", lane="c")
    await enrich(journal)

    assert await curator.retry(ALL) == 2

    assert await deliver(journal) == ["1", "2", "3"]


@holds_to(Curator.retry, ON_THEIR_WAY)
@holds_to(Curator.drop, FOR_GOOD)
async def test_a_selection_restricts_what_is_changed(journal: Journal, curator: Curator) -> None:
    await park_unmapped(journal, "a", cause=VENDOR_TROUBLE)
    await park_unmapped(journal, "b", "c", cause=BAD_EVENT)
    reason = ParkCause.EVENT_INCOMPLETE
    await journal.append(receipt("d", organization=OTHER_SHOP, state=State.PARKED, reason=reason))

    assert await curator.retry(Selection(cause=VENDOR_TROUBLE)) == 1
    assert await curator.drop(Selection(seqs=((await by_key(curator))["b"].seq,))) == 1
    assert await curator.retry(Selection(organization=OTHER_SHOP)) == 1
    assert await curator.retry(Selection(seqs=(Seq(999),))) == 0
    assert await curator.retry(Selection(seqs=())) == 0

    assert await states(curator) == {
        "a": State.RECEIVED,
        "b": State.DROPPED,
        "c": State.PARKED,
        "d": State.RECEIVED,
    }


@holds_to(Curator.retry, ON_THEIR_WAY)
@holds_to(Curator.drop, FOR_GOOD)
async def test_tallies_follow_what_a_person_moves(journal: Journal, curator: Curator) -> None:
    await park(journal, "a", "b", "c")
    found = await by_key(curator)
    a, b, c = (found[key].seq for key in "abc")
    await curator.retry(Selection(seqs=(a,)))
    await deliver(journal)
    await curator.retry(Selection(seqs=(b,)))
    await curator.drop(Selection(seqs=(c,)))

    assert set(await journal.tally()) == {
        Tally(SHOP, State.RECEIVED, "", 0, 3),
        Tally(SHOP, State.READY, "", 1, 5),
        Tally(SHOP, State.PARKED, VENDOR_TROUBLE, 0, 3),
        Tally(SHOP, State.DELIVERED, "", 1, 1),
        Tally(SHOP, State.DROPPED, DropReason.BY_HAND, 1, 1),
    }


@holds_to(Curator.retry, ON_THEIR_WAY)
@holds_to(Curator.drop, FOR_GOOD)
async def test_the_history_tells_what_a_person_did(harness: Harness, journal: Journal, curator: Curator) -> None:
    await park_unmapped(journal, "a", cause=VENDOR_TROUBLE)
    harness.clock.advance(60)
    await curator.retry(ALL)
    retried_at = harness.clock.now()
    [entry] = await claim(journal, Stage.ENRICH)
    await journal.settle([Parked(entry.seq, BAD_EVENT, "40000 bytes")])
    await curator.drop(ALL)

    assert (await told(curator, "a")).attempts == (
        Attempt(START, "enrich", "parked", "vendor_unavailable", "", None),
        Attempt(retried_at, "person", "received", "", "", None),
        Attempt(retried_at, "enrich", "parked", "event_too_large", "40000 bytes", None),
        Attempt(retried_at, "person", "dropped", "by_hand", "", None),
    )


@holds_to(Curator, "A change is made in portions, each durable by itself")
async def test_any_number_is_changed(journal: Journal, curator: Curator) -> None:
    await park_unmapped(journal, *(str(number) for number in range(601)), cause=BAD_EVENT)

    assert await curator.retry(ALL) == 601

    assert await counts(journal) == {"received": 601}


@holds_to(Curator, "when it is cut short, making it again does the rest")
async def test_a_change_cut_short_is_completed_by_repeating_it(
    harness: Harness, journal: Journal, curator: Curator
) -> None:
    await park_unmapped(journal, *(str(number) for number in range(601)), cause=BAD_EVENT)

    with harness.cut_short(after=450), pytest.raises(Exception, match="disk is full"):
        await curator.retry(ALL)

    moved = (await counts(journal))["received"]
    assert 0 < moved < 601
    assert await curator.retry(ALL) == 601 - moved
    assert len(await claim(journal, Stage.ENRICH, 1000)) == 601
