"""Months of the past come in beside live traffic: all of it, once, at Gladly's rate and never beyond."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from gladly_segment.core.backfill import Phase
from gladly_segment.core.records import Source
from gladly_segment.sandbox.audit import AuditReport, Recovery, audit
from gladly_segment.sandbox.gladly.options import GladlyOptions
from tests.system.past.broken import Fault
from tests.system.past.controls import CAUGHT_AS, caught
from tests.system.past.day import shifted_world
from tests.system.past.run import RETRIES_S, Order, prove
from tests.system.past.traffic import throttled
from tests.system.past.world import PastWorld, now, past_world

SEED = 20261124
A_MOMENT = timedelta(seconds=3)
"""Between two closings of a conversation: a list that tells whole seconds still tells them apart."""

WAREHOUSE_ONLY = {"All": False, "Warehouse": True}


async def judged(world: PastWorld, recovery: Recovery) -> AuditReport:
    """Wait until everything has settled, and compare the books."""
    settled = await world.settled()
    return audit(await world.gladly.books(), await world.segment.books(), settled, recovered=recovery)


def days_ago(days: float) -> datetime:
    return now().replace(microsecond=0) - timedelta(days=days)


async def test_a_month_arrives_once_though_the_service_is_killed_and_stopped(tmp_path: Path) -> None:
    order = Order(
        conversations=1_500,
        customers=500,
        months=1,
        kills=3,
        stops=1,
        seed=SEED,
        alone_s=0.5,
        options=GladlyOptions(rate_limit_per_s=400, retry_after_s=RETRIES_S, seed=SEED),
        figures=False,
    )

    proof = await prove(tmp_path, order)

    assert proof.judgement.ok, proof.judgement
    assert (proof.kills, proof.stops) == (3, 1)
    assert proof.judgement.report.accepted > 3_000


async def test_a_plan_sends_nothing_and_then_the_same_command_keeps_to_gladlys_own_limit(tmp_path: Path) -> None:
    since, until = days_ago(30), days_ago(2)
    span = ("--since", since.isoformat(), "--until", until.isoformat())
    async with past_world(tmp_path, GladlyOptions(seed=SEED)) as world:
        await world.seed(since, until, conversations=30, customers=10, seed=SEED, merged=0, deleted=0)

        planned = await world.command("backfill", *span, "--plan", "--json")

        assert planned.status == 0, planned.text
        found = await world.backfill()
        assert (found.phase, found.found.conversations) == (Phase.PLANNED, 30)
        assert (await world.segment.books()).stored == ()

        integrations = msgspec.json.encode(WAREHOUSE_ONLY).decode()
        done = await world.command("backfill", *span, "--integrations", integrations)

        assert done.status == 0, done.text
        report = await judged(world, Recovery(integrations=WAREHOUSE_ONLY))
        assert report.ok, (report.lost, report.doubled, report.unfaithful, report.unexplained)
        assert report.accepted == report.played == found.found.occurrences
        await world.follower.read()
        assert throttled(world.follower.requests) == 0


@pytest.mark.parametrize(("later", "digits"), [(timedelta(hours=2), 3), (timedelta(days=3), 3), (timedelta(days=3), 0)])
async def test_what_the_feed_delivered_is_not_sent_again_however_coarse_the_list(
    tmp_path: Path, later: timedelta, digits: Literal[0, 3]
) -> None:
    options = GladlyOptions(rate_limit_per_s=200, time_factor=100, report_digits=digits, seed=SEED)
    async with shifted_world(tmp_path, options) as (world, shift):
        await world.staff()
        since = days_ago(0) - timedelta(minutes=1)
        await world.gladly.deliver(lose_share=0.5)
        conversations = [await world.gladly.conversation(f"Customer {number}") for number in range(12)]
        shift.set(A_MOMENT.total_seconds())
        for conversation in conversations:
            await world.gladly.play.set_status(conversation, "OPEN")
            await world.gladly.play.set_status(conversation, "CLOSED")
        await world.settled()
        shift.set(later.total_seconds())

        await world.order(since, since + timedelta(hours=1))
        found = await world.becomes(Phase.DONE)

        report = await judged(world, Recovery())
        assert report.ok, (report.lost, report.doubled, report.unfaithful, report.unexplained)
        assert report.accepted == report.played == 36
        assert (found.progress.dealt_with, report.deduplicated) == (36, 0), (found.progress, found.found, found.plan)
        assert found.progress.known > 0


async def test_what_an_export_still_tells_is_read_from_it(tmp_path: Path) -> None:
    since, until = days_ago(9), days_ago(2)
    async with past_world(tmp_path, GladlyOptions(rate_limit_per_s=200, seed=SEED)) as world:
        await world.seed(since, until, conversations=60, customers=20, seed=SEED, merged=0.1, deleted=0.1)
        await world.control("exports", {"startAt": since.isoformat(), "endAt": until.isoformat()})

        await world.order(since, until)
        found = await world.becomes(Phase.DONE)

        assert {each.source for each in found.readings} == {Source.EXPORT}
        report = await judged(world, Recovery())
        assert report.ok, (report.lost, report.doubled, report.unfaithful, report.unexplained)
        await world.follower.read()
        assert not [each for each in world.follower.requests if each.path.endswith("/reports")]


# Faults of speed are for `make past`, which runs all of them.
@pytest.mark.parametrize("fault", [Fault.LOSES, Fault.DOUBLES, Fault.FORGETFUL])
async def test_a_broken_promise_is_caught(tmp_path: Path, fault: Fault) -> None:
    assert CAUGHT_AS[fault] in await caught(tmp_path, fault, seed=SEED)
