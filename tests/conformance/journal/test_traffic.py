"""Holds drivers to what workers for a traffic of their own are handed."""

import asyncio
from datetime import timedelta

import pytest

from gladly_segment.core.errors import StaleClaimError
from gladly_segment.core.lifecycle import PRIORITIES, ParkCause, Priority, Stage, Traffic
from gladly_segment.core.records import Appended, Deferred, Delivered, Parked
from gladly_segment.ports.journal import Journal
from tests.conformance.journal.contract import holds_to
from tests.conformance.journal.harness import Harness
from tests.conformance.journal.steps import Waiting, claim, claimed_keys, enrich, is_ready
from tests.support.clock import START
from tests.support.receipts import receipt

ITS_OWN = "With a `traffic`, only those of its priorities are handed out;"
NEVER_LATE = "Wait until `claim` would give the stage at least one entry of a traffic; may return early, never late."
PULLED_UP = "The unsettled ones of its lane have at least its `Priority` from then on"
PAST, PRESENT = Traffic.PAST, Traffic.PRESENT


async def receive(journal: Journal, key: str, priority: Priority, lane: str | None = None) -> Appended:
    return await journal.append(receipt(key, lane=lane, priority=priority))


@holds_to(Journal.claim, ITS_OWN)
@pytest.mark.parametrize("traffic", Traffic)
@pytest.mark.parametrize("stage", Stage)
async def test_a_worker_gets_what_is_of_its_traffic(journal: Journal, stage: Stage, traffic: Traffic) -> None:
    for priority in Priority:
        await receive(journal, priority.name, priority)
    if stage is Stage.DELIVER:
        await enrich(journal)

    its_own = await claimed_keys(journal, stage, traffic=traffic)

    assert its_own == [priority.name for priority in PRIORITIES[traffic]]
    assert sorted(await claimed_keys(journal, stage)) == sorted(set(Priority.__members__) - set(its_own))


@holds_to(Journal.claim, "what one worker holds no other gets, though its priority may change meanwhile.")
async def test_what_one_holds_no_other_gets_though_it_is_pulled_up(journal: Journal) -> None:
    await receive(journal, "opened", Priority.BACKFILL, lane="c-1")
    [held] = await claim(journal, Stage.ENRICH, traffic=PAST)

    await receive(journal, "closed", Priority.LIVE, lane="c-1")

    assert await claimed_keys(journal, Stage.ENRICH, traffic=PRESENT) == ["closed"]
    assert await claimed_keys(journal, Stage.ENRICH) == []
    await journal.settle([Parked(held.seq, ParkCause.NO_USER)])
    with pytest.raises(StaleClaimError):
        await journal.settle([Parked(held.seq, ParkCause.NO_USER)])


@holds_to(Journal.claim, "and hand out none of them again until settled.")
async def test_no_two_get_the_same_at_once(journal: Journal) -> None:
    for number in range(20):
        await receive(journal, str(number), Priority.LIVE if number % 2 else Priority.BACKFILL)

    handed_out = await asyncio.gather(
        *(claim(journal, Stage.ENRICH, 7, traffic=traffic) for traffic in (PAST, None, PRESENT, None))
    )

    seqs = [entry.seq for entries in handed_out for entry in entries]
    assert len(seqs) == len(set(seqs)) == 20


@holds_to(Journal.ready, NEVER_LATE)
@pytest.mark.parametrize("waits_for", [PAST, None])
async def test_an_append_wakes_those_who_take_it(journal: Journal, waits_for: Traffic | None) -> None:
    waiting = Waiting(journal, Stage.ENRICH, waits_for)
    await waiting.began()

    await receive(journal, "past", Priority.BACKFILL)

    assert await waiting.keys() == ["past"]


@holds_to(Journal.ready, NEVER_LATE)
@pytest.mark.parametrize("traffic", Traffic)
async def test_each_waits_for_what_was_put_off_of_its_own(harness: Harness, journal: Journal, traffic: Traffic) -> None:
    for seconds, each in enumerate(Traffic, start=1):
        await receive(journal, each, PRIORITIES[each][0])
        [entry] = await claim(journal, Stage.ENRICH, traffic=each)
        await journal.settle([Deferred(entry.seq, START + timedelta(seconds=seconds), counted=True)])
    waiting = Waiting(journal, Stage.ENRICH, traffic)
    await waiting.began()

    for _ in Traffic:
        harness.clock.advance(1)
        await waiting.began()

    assert await waiting.keys() == [traffic]


@holds_to(Journal.ready, NEVER_LATE)
@pytest.mark.parametrize("stage", Stage)
async def test_what_is_pulled_up_wakes_those_who_take_it_now(journal: Journal, stage: Stage) -> None:
    await receive(journal, "opened", Priority.BACKFILL, lane="c-1")
    if stage is Stage.DELIVER:
        await enrich(journal)
    waiting = Waiting(journal, stage, PRESENT)
    await waiting.began()

    await receive(journal, "closed", Priority.GAP, lane="c-1")

    assert "opened" in await waiting.keys()


@holds_to(Journal.ready, NEVER_LATE)
@holds_to(Journal.settle, "and free the next entries of their lanes")
async def test_the_next_of_a_lane_wakes_those_who_take_it(journal: Journal) -> None:
    await receive(journal, "opened", Priority.GAP, lane="c-1")
    await receive(journal, "closed", Priority.BACKFILL, lane="c-1")
    await enrich(journal)
    [head] = await claim(journal, Stage.DELIVER, traffic=PRESENT)
    waiting = Waiting(journal, Stage.DELIVER, PAST)
    await waiting.began()

    await journal.settle([Delivered(head.seq)])

    assert await waiting.keys() == ["closed"]


@holds_to(Journal.ready, NEVER_LATE)
async def test_what_a_limited_claim_left_is_ready_for_its_own(journal: Journal) -> None:
    for key in "ab":
        await receive(journal, key, Priority.BACKFILL)
        await is_ready(journal, Stage.ENRICH, traffic=PAST)
    await claim(journal, Stage.ENRICH, 1, traffic=PAST)

    await is_ready(journal, Stage.ENRICH, traffic=PAST)

    assert await claimed_keys(journal, Stage.ENRICH, traffic=PAST) == ["b"]


@holds_to(Journal.append, PULLED_UP)
async def test_what_stands_before_a_live_event_is_live_too(journal: Journal) -> None:
    await receive(journal, "elsewhere", Priority.BACKFILL, lane="c-2")
    for key in ("opened", "closed"):
        await receive(journal, key, Priority.BACKFILL, lane="c-1")
    await receive(journal, "closed again", Priority.LIVE, lane="c-1")

    assert await claimed_keys(journal, Stage.ENRICH, traffic=PRESENT) == ["opened", "closed", "closed again"]
    assert await claimed_keys(journal, Stage.ENRICH, traffic=PAST) == ["elsewhere"]


@holds_to(Journal.append, PULLED_UP)
async def test_what_is_past_delays_nothing_that_is_before_it(journal: Journal) -> None:
    await receive(journal, "opened", Priority.GAP, lane="c-1")

    await receive(journal, "closed", Priority.BACKFILL, lane="c-1")

    assert await claimed_keys(journal, Stage.ENRICH, traffic=PRESENT) == ["opened"]
    assert await claimed_keys(journal, Stage.ENRICH, traffic=PAST) == ["closed"]


@holds_to(Journal.append, PULLED_UP)
async def test_what_comes_live_too_is_live_from_then_on(harness: Harness, journal: Journal) -> None:
    await receive(journal, "closed", Priority.BACKFILL, lane="c-1")

    assert await receive(journal, "closed", Priority.LIVE, lane="c-1") is Appended.DUPLICATE

    journal = await harness.crash_and_reopen()
    assert await claimed_keys(journal, Stage.ENRICH, traffic=PRESENT) == ["closed"]
