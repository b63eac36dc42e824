"""Holds drivers to `Journal.claim`."""

import asyncio
from datetime import timedelta

import pytest

from gladly_segment.core.errors import JournalUnavailableError
from gladly_segment.core.identity import message_id
from gladly_segment.core.lifecycle import IgnoreReason, ParkCause, Stage, State
from gladly_segment.core.records import Deferred
from gladly_segment.ports.journal import Journal
from tests.conformance.journal.contract import holds_to
from tests.conformance.journal.harness import Harness
from tests.conformance.journal.steps import claim, claimed_keys, enrich, fill, give_up, made_ready
from tests.support.clock import START
from tests.support.receipts import OTHER_SHOP, receipt

LATER = START + timedelta(seconds=60)


@holds_to(Journal.claim, "hand out none of them again until settled")
async def test_what_is_claimed_is_not_handed_out_again(journal: Journal) -> None:
    await fill(journal, "a", "b")
    assert await claimed_keys(journal, Stage.ENRICH) == ["a", "b"]

    await fill(journal, "c")

    assert await claimed_keys(journal, Stage.ENRICH) == ["c"]
    assert await claimed_keys(journal, Stage.ENRICH) == []


@holds_to(Journal.claim, "hand out none of them again until settled")
async def test_claims_made_at_the_same_time_share_nothing(journal: Journal) -> None:
    await fill(journal, *"abcdef")

    claims = await asyncio.gather(*(claimed_keys(journal, Stage.ENRICH, limit=2) for _ in range(4)))

    assert sorted(key for keys in claims for key in keys) == list("abcdef")


@holds_to(Journal.claim, "Hand out up to `limit` entries that are due, earliest first")
async def test_a_claim_is_no_larger_than_its_limit_and_the_next_goes_on_from_there(journal: Journal) -> None:
    await fill(journal, *"abcde")

    claims = [await claimed_keys(journal, Stage.ENRICH, limit=2) for _ in range(4)]

    assert claims == [["a", "b"], ["c", "d"], ["e"], []]


@holds_to(Journal.claim, "Hand out up to `limit` entries that are due, earliest first")
async def test_what_is_claimed_already_does_not_stretch_a_limit(harness: Harness, journal: Journal) -> None:
    harness.clock.advance(10)
    await journal.append(receipt("claimed", at=START + timedelta(seconds=10)))
    assert await claimed_keys(journal, Stage.ENRICH) == ["claimed"]

    for second in (5, 3, 4):
        await journal.append(receipt(f"due at {second}", at=START + timedelta(seconds=second)))

    assert await claimed_keys(journal, Stage.ENRICH, limit=2) == ["due at 3", "due at 4"]


@holds_to(Journal, "Log order is the order of `append`.")
async def test_what_is_due_at_the_same_time_comes_in_log_order(harness: Harness, journal: Journal) -> None:
    await fill(journal, *"badce")
    journal = await harness.crash_and_reopen()

    assert await claimed_keys(journal, Stage.ENRICH) == list("badce")


@holds_to(Journal.claim, "Hand out up to `limit` entries that are due, earliest first")
async def test_what_is_due_earlier_comes_first(harness: Harness, journal: Journal) -> None:
    await fill(journal, "a", "b", "c")
    a, b, c = await claim(journal, Stage.ENRICH)
    await journal.settle(
        [
            Deferred(a.seq, START + timedelta(seconds=3), counted=False),
            Deferred(b.seq, START + timedelta(seconds=1), counted=False),
            Deferred(c.seq, START + timedelta(seconds=2), counted=False),
        ]
    )
    harness.clock.advance(3)

    assert await claimed_keys(journal, Stage.ENRICH) == ["b", "c", "a"]


@holds_to(Journal.claim, "Does not wait: none due is an empty answer.")
async def test_a_claim_does_not_wait(journal: Journal) -> None:
    assert await claimed_keys(journal, Stage.ENRICH) == []
    assert await claimed_keys(journal, Stage.DELIVER) == []


@pytest.mark.parametrize("stage", list(Stage))
@holds_to(Journal.claim, "Hand out up to `limit` entries that are due")
@holds_to(Deferred, "Stays in its state until `due_at`")
async def test_what_is_deferred_is_handed_out_when_it_is_due_and_not_before(
    harness: Harness, journal: Journal, stage: Stage
) -> None:
    await fill(journal, "a")
    if stage is Stage.DELIVER:
        await enrich(journal)
    [entry] = await claim(journal, stage)
    await journal.settle([Deferred(entry.seq, LATER, counted=True)])

    harness.clock.advance(59.999)
    assert await claimed_keys(journal, stage) == []
    harness.clock.advance(0.001)
    [again] = await claim(journal, stage)

    assert (again.key, again.state, again.attempts) == (entry.key, entry.state, 1)


@pytest.mark.parametrize("state", [State.IGNORED, State.PARKED])
@holds_to(Journal.claim, "Hand out up to `limit` entries that are due")
async def test_what_enters_settled_is_never_handed_out(journal: Journal, state: State) -> None:
    reason = IgnoreReason.TYPE_NOT_MAPPED if state is State.IGNORED else ParkCause.EVENT_INCOMPLETE
    await journal.append(receipt("a", state=state, reason=reason))

    assert await claimed_keys(journal, Stage.ENRICH) == []
    assert await claimed_keys(journal, Stage.DELIVER) == []


@holds_to(Journal.claim, "Hand out up to `limit` entries that are due")
async def test_a_stage_gets_what_stands_in_its_state_and_nothing_else(journal: Journal) -> None:
    await fill(journal, "ready")
    await enrich(journal)
    await fill(journal, "received")

    assert await claimed_keys(journal, Stage.DELIVER) == ["ready"]
    assert await claimed_keys(journal, Stage.ENRICH) == ["received"]


@holds_to(Journal.settle, "Make the outcome of claimed entries durable")
async def test_deliver_is_given_what_enrich_made(harness: Harness, journal: Journal) -> None:
    await journal.append(receipt("a", at=START - timedelta(minutes=1)))
    harness.clock.advance(30)
    await enrich(journal)

    [entry] = await claim(await harness.crash_and_reopen(), Stage.DELIVER)

    assert (entry.state, entry.payload, entry.message_id) == (State.READY, b"payload of a", message_id(entry.key))
    assert entry.received_at == START - timedelta(minutes=1)
    assert entry.entered_at == START + timedelta(seconds=30)


@holds_to(Journal, "Keys, lanes and claims are an organization's own.")
async def test_organizations_claim_side_by_side(journal: Journal) -> None:
    await journal.append(receipt("a"))
    await journal.append(receipt("b", organization=OTHER_SHOP))

    [ours] = await claim(journal, Stage.ENRICH)
    assert ours.key == "a"
    [theirs] = await claim(journal, Stage.ENRICH, organization=OTHER_SHOP)
    assert (theirs.key, theirs.organization) == ("b", OTHER_SHOP)


@holds_to(Journal, "after a crash every receipt is back in its last durable state and can be claimed again")
async def test_claims_end_with_the_process(harness: Harness, journal: Journal) -> None:
    await fill(journal, "ready")
    await enrich(journal)
    await fill(journal, "received")
    assert await claimed_keys(journal, Stage.DELIVER) == ["ready"]
    assert await claimed_keys(journal, Stage.ENRICH) == ["received"]

    journal = await harness.crash_and_reopen()

    assert await claimed_keys(journal, Stage.DELIVER) == ["ready"]
    assert await claimed_keys(journal, Stage.ENRICH) == ["received"]


@holds_to(Journal, "after a crash every receipt is back in its last durable state")
async def test_a_crash_neither_shortens_a_deferral_nor_forgets_its_attempts(harness: Harness, journal: Journal) -> None:
    await fill(journal, "a")
    [entry] = await claim(journal, Stage.ENRICH)
    await journal.settle([Deferred(entry.seq, LATER, counted=True)])

    journal = await harness.crash_and_reopen()

    assert await claimed_keys(journal, Stage.ENRICH) == []
    harness.clock.advance(60)
    [again] = await claim(journal, Stage.ENRICH)
    assert again.attempts == 1


@holds_to(Journal, "a cancelled `claim` claims nothing")
async def test_what_a_cancelled_claim_would_have_got_is_still_to_be_had(journal: Journal) -> None:
    await fill(journal, "a", "b")
    await give_up(asyncio.create_task(claim(journal, Stage.ENRICH, limit=1)))

    assert await claimed_keys(journal, Stage.ENRICH) == ["a", "b"]


@pytest.mark.usefixtures("storage_can_fail")
@holds_to(Journal.claim, "Raises JournalUnavailableError.")
async def test_a_claim_while_the_storage_fails_holds_as_a_whole_or_not_at_all(
    harness: Harness, journal: Journal
) -> None:
    await fill(journal, "a", "b")

    with harness.failing_storage():
        try:
            claimed = list(await claim(journal, Stage.ENRICH))
        except JournalUnavailableError:
            claimed = []

    claimed += await claim(journal, Stage.ENRICH)
    assert [entry.key for entry in claimed] == ["a", "b"]
    await journal.settle([made_ready(entry) for entry in claimed])
