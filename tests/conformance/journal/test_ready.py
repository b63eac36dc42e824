"""Holds drivers to `Journal.ready`: whoever waits misses nothing."""

import asyncio
from datetime import timedelta

import pytest

from gladly_segment.core.errors import JournalUnavailableError
from gladly_segment.core.lifecycle import ParkCause, Stage
from gladly_segment.core.records import Deferred, Delivered, Parked
from gladly_segment.ports.journal import Journal
from tests.conformance.journal.contract import holds_to
from tests.conformance.journal.harness import Harness
from tests.conformance.journal.steps import (
    Waiting,
    claim,
    claimed_keys,
    enrich,
    fill,
    give_up,
    is_ready,
    made_ready,
)
from tests.support.clock import START
from tests.support.receipts import OTHER_SHOP, receipt

NEVER_LATE = "Wait until `claim` would give the stage at least one entry of a traffic; may return early, never late."


@holds_to(Journal.ready, NEVER_LATE)
async def test_what_an_earlier_process_left_is_waited_for_by_nobody(harness: Harness, journal: Journal) -> None:
    await fill(journal, "ready")
    await enrich(journal)
    await fill(journal, "received")
    journal = await harness.crash_and_reopen()

    await is_ready(journal, Stage.ENRICH)
    await is_ready(journal, Stage.DELIVER)


@holds_to(Journal.ready, NEVER_LATE)
async def test_an_append_wakes_enrich(journal: Journal) -> None:
    waiting = Waiting(journal, Stage.ENRICH)
    await waiting.began()

    await fill(journal, "a")

    assert await waiting.keys() == ["a"]


@holds_to(Journal.ready, NEVER_LATE)
async def test_an_enriched_event_wakes_deliver(journal: Journal) -> None:
    await fill(journal, "a")
    waiting = Waiting(journal, Stage.DELIVER)
    await waiting.began()

    await enrich(journal)

    assert await waiting.keys() == ["a"]


@holds_to(Journal.ready, NEVER_LATE)
@holds_to(Journal.settle, "and free the next entries of their lanes")
async def test_a_delivered_head_wakes_deliver_for_the_next(journal: Journal) -> None:
    await fill(journal, "a", "b", lane="lane")
    await enrich(journal)
    [a] = await claim(journal, Stage.DELIVER)
    waiting = Waiting(journal, Stage.DELIVER)
    await waiting.began()

    await journal.settle([Delivered(a.seq)])

    assert await waiting.keys() == ["b"]


@holds_to(Journal.ready, NEVER_LATE)
@holds_to(Journal.settle, "and free the next entries of their lanes")
async def test_a_head_parked_by_enrich_wakes_deliver_for_the_next(journal: Journal) -> None:
    await fill(journal, "a", "b", lane="lane")
    a, b = await claim(journal, Stage.ENRICH)
    await journal.settle([made_ready(b)])
    waiting = Waiting(journal, Stage.DELIVER)
    await waiting.began()

    await journal.settle([Parked(a.seq, ParkCause.UNEXPECTED_ERROR)])

    assert await waiting.keys() == ["b"]


@pytest.mark.parametrize("stage", list(Stage))
@holds_to(Journal.ready, NEVER_LATE)
async def test_whoever_waits_for_a_deferred_event_gets_it_when_it_is_due(
    harness: Harness, journal: Journal, stage: Stage
) -> None:
    await fill(journal, "a")
    if stage is Stage.DELIVER:
        await enrich(journal)
    [entry] = await claim(journal, stage)
    await journal.settle([Deferred(entry.seq, START + timedelta(seconds=60), counted=True)])
    waiting = Waiting(journal, stage)
    await waiting.began()

    harness.clock.advance(60)

    assert await waiting.keys() == ["a"]


@holds_to(Journal.ready, NEVER_LATE)
async def test_a_deferral_to_now_wakes_at_once(journal: Journal) -> None:
    await fill(journal, "a")
    [a] = await claim(journal, Stage.ENRICH)
    waiting = Waiting(journal, Stage.ENRICH)
    await waiting.began()

    await journal.settle([Deferred(a.seq, START, counted=True)])

    assert await waiting.keys() == ["a"]


@holds_to(Journal.ready, NEVER_LATE)
async def test_whoever_waits_for_a_later_event_gets_an_earlier_one_that_comes_up_meanwhile(
    harness: Harness, journal: Journal
) -> None:
    await fill(journal, "a", "b")
    a, b = await claim(journal, Stage.ENRICH)
    await journal.settle([Deferred(a.seq, START + timedelta(seconds=60), counted=True)])
    waiting = Waiting(journal, Stage.ENRICH)
    await waiting.began()

    await journal.settle([Deferred(b.seq, START + timedelta(seconds=1), counted=True)])
    await waiting.began()
    harness.clock.advance(1)

    assert await waiting.keys() == ["b"]


@holds_to(Journal.ready, NEVER_LATE)
async def test_a_deferral_is_waited_for_after_a_crash_too(harness: Harness, journal: Journal) -> None:
    await fill(journal, "a")
    [a] = await claim(journal, Stage.ENRICH)
    await journal.settle([Deferred(a.seq, START + timedelta(seconds=60), counted=True)])
    waiting = Waiting(await harness.crash_and_reopen(), Stage.ENRICH)
    await waiting.began()

    harness.clock.advance(60)

    assert await waiting.keys() == ["a"]


@holds_to(Journal.ready, NEVER_LATE)
async def test_what_a_limited_claim_left_is_ready(journal: Journal) -> None:
    await fill(journal, "a", "b", "c")

    for key in "abc":
        await is_ready(journal, Stage.ENRICH)
        assert await claimed_keys(journal, Stage.ENRICH, limit=1) == [key]


@holds_to(Journal.ready, NEVER_LATE)
@holds_to(Journal, "a cancelled `claim` claims nothing")
async def test_what_a_cancelled_claim_would_have_got_is_ready(journal: Journal) -> None:
    await fill(journal, "a")
    await give_up(asyncio.create_task(claim(journal, Stage.ENRICH)))

    await is_ready(journal, Stage.ENRICH)


@holds_to(Journal.ready, NEVER_LATE)
@holds_to(Journal, "An operation whose caller was cancelled takes effect as a whole or not at all")
async def test_a_receipt_whose_appending_was_cancelled_wakes_enrich_if_it_is_there(journal: Journal) -> None:
    waiting = Waiting(journal, Stage.ENRICH)
    await waiting.began()

    await give_up(asyncio.create_task(journal.append(receipt("a"))))
    await journal.append(receipt("a"))

    assert await waiting.keys() == ["a"]


@holds_to(Journal.ready, NEVER_LATE)
@holds_to(Journal, "An operation whose caller was cancelled takes effect as a whole or not at all")
async def test_a_head_whose_settling_was_cancelled_frees_the_next_if_it_was_settled(journal: Journal) -> None:
    await fill(journal, "a", "b", lane="lane")
    await enrich(journal)
    [a] = await claim(journal, Stage.DELIVER)
    waiting = Waiting(journal, Stage.DELIVER)
    await waiting.began()

    await give_up(asyncio.create_task(journal.settle([Delivered(a.seq)])))
    if not any(tally.state == "delivered" for tally in await journal.tally()):
        await journal.settle([Delivered(a.seq)])

    assert await waiting.keys() == ["b"]


@pytest.mark.usefixtures("storage_can_fail")
@holds_to(Journal.ready, NEVER_LATE)
async def test_what_could_not_be_claimed_is_ready(harness: Harness, journal: Journal) -> None:
    await fill(journal, "a")
    with harness.failing_storage():
        try:
            claimed = list(await claimed_keys(journal, Stage.ENRICH))
        except JournalUnavailableError:
            claimed = []

    if not claimed:
        await is_ready(journal, Stage.ENRICH)
        claimed = await claimed_keys(journal, Stage.ENRICH)
    assert claimed == ["a"]


@holds_to(Journal.ready, NEVER_LATE)
@holds_to(Journal, "Keys, lanes and claims are an organization's own.")
async def test_each_organization_is_woken_for_its_own(journal: Journal) -> None:
    waiting = Waiting(journal, Stage.ENRICH)
    await waiting.began()

    await journal.append(receipt("theirs", organization=OTHER_SHOP))
    await is_ready(journal, Stage.ENRICH, OTHER_SHOP)
    await journal.append(receipt("ours"))

    assert await waiting.keys() == ["ours"]
