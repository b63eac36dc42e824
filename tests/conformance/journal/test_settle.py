"""Holds drivers to `Journal.settle`."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from gladly_segment.core.errors import JournalUnavailableError, StaleClaimError
from gladly_segment.core.lifecycle import IgnoreReason, ParkCause, Stage, SuppressReason
from gladly_segment.core.records import Deferred, Delivered, Entry, Ignored, Parked, Seq, Settlement, Suppressed
from gladly_segment.ports.journal import Journal
from tests.conformance.journal.contract import holds_to
from tests.conformance.journal.harness import Harness
from tests.conformance.journal.steps import claim, claimed_keys, enrich, fill, give_up, made_ready
from tests.support.clock import START
from tests.support.journals import counts

Settle = Callable[[Entry], Settlement]

SUPPRESSED: Settle = lambda entry: Suppressed(entry.seq, SuppressReason.CUSTOMER_DELETED)  # noqa: E731
IGNORED: Settle = lambda entry: Ignored(entry.seq, IgnoreReason.TYPE_NOT_MAPPED)  # noqa: E731
PARKED: Settle = lambda entry: Parked(entry.seq, ParkCause.NO_USER, "detail")  # noqa: E731
DELIVERED: Settle = lambda entry: Delivered(entry.seq)  # noqa: E731
DEFERRED: Settle = lambda entry: Deferred(entry.seq, START + timedelta(seconds=60), counted=True)  # noqa: E731


async def one(journal: Journal, stage: Stage) -> Entry:
    await fill(journal, "one")
    if stage is Stage.DELIVER:
        await enrich(journal)
    [entry] = await claim(journal, stage)
    return entry


@pytest.mark.parametrize(
    ("stage", "settlement", "outcome"),
    [
        (Stage.ENRICH, made_ready, "ready"),
        (Stage.ENRICH, SUPPRESSED, "suppressed/customer_deleted"),
        (Stage.ENRICH, IGNORED, "ignored/type_not_mapped"),
        (Stage.ENRICH, PARKED, "parked/no_user"),
        (Stage.ENRICH, DEFERRED, "received"),
        (Stage.DELIVER, DELIVERED, "delivered"),
        (Stage.DELIVER, PARKED, "parked/no_user"),
        (Stage.DELIVER, DEFERRED, "ready"),
    ],
)
@holds_to(Journal.settle, "Make the outcome of claimed entries durable")
@holds_to(Journal, "after a crash every receipt is back in its last durable state")
async def test_an_outcome_is_there_after_a_crash(
    harness: Harness, journal: Journal, stage: Stage, settlement: Settle, outcome: str
) -> None:
    entry = await one(journal, stage)

    await journal.settle([settlement(entry)])

    assert await counts(await harness.crash_and_reopen()) == {outcome: 1}


@pytest.mark.parametrize(
    ("stage", "settlement"),
    [
        (Stage.ENRICH, DELIVERED),
        (Stage.DELIVER, made_ready),
        (Stage.DELIVER, SUPPRESSED),
        (Stage.DELIVER, IGNORED),
    ],
)
@holds_to(Journal.settle, "StaleClaimError (an entry is not claimed, or its state does not allow the settlement)")
async def test_a_settlement_that_the_state_does_not_allow_changes_nothing(
    journal: Journal, stage: Stage, settlement: Settle
) -> None:
    entry = await one(journal, stage)
    before = await counts(journal)

    with pytest.raises(StaleClaimError):
        await journal.settle([settlement(entry)])

    assert await counts(journal) == before
    await journal.settle([PARKED(entry)])


@holds_to(Journal.settle, "StaleClaimError (an entry is not claimed")
async def test_what_nobody_claimed_cannot_be_settled(harness: Harness, journal: Journal) -> None:
    entry = await one(journal, Stage.ENRICH)
    journal = await harness.crash_and_reopen()

    for seq in (entry.seq, Seq(entry.seq + 1), Seq(-1), Seq(2**70)):
        with pytest.raises(StaleClaimError):
            await journal.settle([Parked(seq, ParkCause.UNEXPECTED_ERROR)])

    assert await counts(journal) == {"received": 1}


@pytest.mark.parametrize("again", [DEFERRED, PARKED, made_ready])
@holds_to(Journal.settle, "StaleClaimError (an entry is not claimed")
async def test_what_is_settled_cannot_be_settled_again(journal: Journal, again: Settle) -> None:
    entry = await one(journal, Stage.ENRICH)
    await journal.settle([made_ready(entry)])

    with pytest.raises(StaleClaimError):
        await journal.settle([again(entry)])

    assert await claimed_keys(journal, Stage.DELIVER) == ["one"]


@holds_to(Journal.settle, "StaleClaimError (an entry is not claimed")
async def test_an_entry_that_was_deferred_must_be_claimed_anew(harness: Harness, journal: Journal) -> None:
    entry = await one(journal, Stage.ENRICH)
    await journal.settle([DEFERRED(entry)])
    harness.clock.advance(60)

    with pytest.raises(StaleClaimError):
        await journal.settle([made_ready(entry)])

    assert await claimed_keys(journal, Stage.ENRICH) == ["one"]


@pytest.mark.parametrize("settlement", [DEFERRED, made_ready])
@holds_to(Journal.settle, "StaleClaimError (an entry is not claimed")
async def test_an_entry_is_settled_once_in_a_settlement(journal: Journal, settlement: Settle) -> None:
    entry = await one(journal, Stage.ENRICH)

    with pytest.raises(StaleClaimError):
        await journal.settle([settlement(entry), settlement(entry)])

    await journal.settle([settlement(entry)])


@pytest.mark.parametrize("settlement", [DEFERRED, made_ready])
@holds_to(Journal.settle, "StaleClaimError (an entry is not claimed")
async def test_of_settlements_at_the_same_time_one_holds(journal: Journal, settlement: Settle) -> None:
    entry = await one(journal, Stage.ENRICH)

    outcomes = await asyncio.gather(
        journal.settle([settlement(entry)]), journal.settle([settlement(entry)]), return_exceptions=True
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "StaleClaimError"]


@holds_to(Journal.settle, "Make the outcome of claimed entries durable, all or none")
async def test_one_settlement_that_cannot_be_carried_out_undoes_all_with_it(harness: Harness, journal: Journal) -> None:
    await fill(journal, "a", "b")
    [a] = await claim(journal, Stage.ENRICH, limit=1)
    [b] = await claim(journal, Stage.ENRICH, limit=1)

    with pytest.raises(StaleClaimError):
        await journal.settle([made_ready(a), Delivered(b.seq)])

    assert await counts(journal) == {"received": 2}
    assert await claimed_keys(journal, Stage.DELIVER) == []
    await journal.settle([made_ready(a), made_ready(b)])
    assert await counts(await harness.crash_and_reopen()) == {"ready": 2}


@holds_to(Journal.settle, "Make the outcome of claimed entries durable, all or none")
async def test_one_entry_that_is_not_claimed_undoes_all_with_it(journal: Journal) -> None:
    await fill(journal, "a", "b")
    [a] = await claim(journal, Stage.ENRICH, limit=1)

    with pytest.raises(StaleClaimError):
        await journal.settle([made_ready(a), Parked(Seq(a.seq + 1), ParkCause.UNEXPECTED_ERROR)])

    assert await counts(journal) == {"received": 2}
    assert await claimed_keys(journal, Stage.ENRICH) == ["b"]
    await journal.settle([made_ready(a)])


@pytest.mark.usefixtures("storage_can_fail")
@pytest.mark.parametrize("settlement", [made_ready, SUPPRESSED, DEFERRED])
@holds_to(Journal.settle, "Raises JournalUnavailableError (nothing changed, the claims still hold: try again)")
async def test_an_outcome_that_cannot_be_made_durable_may_be_settled_later(
    harness: Harness, journal: Journal, settlement: Settle
) -> None:
    await fill(journal, "a", "b")
    entries = await claim(journal, Stage.ENRICH)

    with harness.failing_storage(), pytest.raises(JournalUnavailableError):
        await journal.settle([settlement(entry) for entry in entries])

    assert await counts(journal) == {"received": 2}
    assert await claimed_keys(journal, Stage.ENRICH) == []
    assert await claimed_keys(journal, Stage.DELIVER) == []
    await journal.settle([settlement(entry) for entry in entries])


@holds_to(Journal, "An operation whose caller was cancelled takes effect as a whole or not at all")
async def test_a_cancelled_settlement_took_place_or_can_be_tried_again(journal: Journal) -> None:
    await fill(journal, "a", "b")
    entries = await claim(journal, Stage.ENRICH)
    await give_up(asyncio.create_task(journal.settle([made_ready(entry) for entry in entries])))

    if await counts(journal) == {"received": 2}:
        await journal.settle([made_ready(entry) for entry in entries])

    assert await claimed_keys(journal, Stage.DELIVER) == ["a", "b"]


@holds_to(Journal, "An operation whose caller was cancelled takes effect as a whole or not at all")
async def test_a_cancelled_deferral_does_not_keep_an_entry_claimed(harness: Harness, journal: Journal) -> None:
    entry = await one(journal, Stage.ENRICH)
    await give_up(asyncio.create_task(journal.settle([DEFERRED(entry)])))
    await journal.tally()
    harness.clock.advance(60)

    try:
        await journal.settle([made_ready(entry)])
    except StaleClaimError:
        assert await claimed_keys(journal, Stage.ENRICH) == ["one"]


@holds_to(Deferred, "`counted` adds one to its attempts")
@holds_to(Entry, "`attempts` failed in this state so far")
async def test_attempts_are_counted_within_a_state(harness: Harness, journal: Journal) -> None:
    entry = await one(journal, Stage.ENRICH)
    attempts = [entry.attempts]
    for counted in (True, False, True):
        await journal.settle([Deferred(entry.seq, harness.clock.now(), counted)])
        [entry] = await claim(journal, Stage.ENRICH)
        attempts.append(entry.attempts)
    assert attempts == [0, 1, 1, 2]

    await journal.settle([made_ready(entry)])

    [entry] = await claim(journal, Stage.DELIVER)
    assert entry.attempts == 0
