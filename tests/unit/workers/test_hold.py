"""A stage is held when nothing can pass before somebody mends it: probed one by one, less and less often."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import msgspec
import pytest

from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.identity import message_id
from gladly_segment.core.lifecycle import Priority, Stage, Traffic
from gladly_segment.core.records import Entry, MadeReady
from gladly_segment.core.signals import StageHeld, StageResumed
from gladly_segment.workers import Desk, Hold
from tests.support.clock import START, ManualClock
from tests.support.receipts import SHOP, receipt
from tests.support.stages import Works

PATIENCE_S = 30
UNAUTHORIZED = Failure(FailureKind.UNAUTHORIZED, "answered 401")
MISDIRECTED = Failure(FailureKind.MISDIRECTED, "answered 404")
MALFORMED = Failure(FailureKind.MALFORMED, "not JSON")
UNAVAILABLE = Failure(FailureKind.UNAVAILABLE, "answered 503")


@pytest.fixture
def desk(works: Works) -> Desk:
    return works.desk(Stage.ENRICH)


async def held(works: Works, desk: Desk, *keys: str) -> None:
    """Receive events, and hold the stage after a call for the first of them."""
    await works.receive(*keys)
    await desk.fail(await desk.due(1), UNAUTHORIZED)


async def works_again(desk: Desk, entry: Entry) -> None:
    desk.worked()
    await desk.settle([entry], [MadeReady(entry.seq, b"{}", message_id(entry.key))])


@pytest.mark.parametrize("failure", [UNAUTHORIZED, MISDIRECTED])
async def test_a_stage_that_cannot_pass_is_held_and_keeps_everything(
    works: Works, desk: Desk, clock: ManualClock, failure: Failure
) -> None:
    await works.receive("a", "b")

    await desk.fail(await desk.due(1), failure)

    clock.advance(9.999)
    assert not await desk.due(100)
    until = START + timedelta(seconds=10)
    assert works.observer.of(StageHeld) == [StageHeld(SHOP, Stage.ENRICH, failure.detail, until)]
    assert await works.counts() == {"received": 2}


async def test_a_held_stage_is_probed_with_one_entry_which_counts_no_attempt(
    works: Works, desk: Desk, clock: ManualClock
) -> None:
    await held(works, desk, "a", "b", "c")
    clock.advance(10)

    entries = await desk.due(100)

    assert [entry.attempts for entry in entries] == [0]


async def test_there_is_one_probe_at_a_time(works: Works, desk: Desk, clock: ManualClock) -> None:
    await held(works, desk, "a", "b", "c")
    clock.advance(10)
    async with asyncio.timeout(PATIENCE_S):
        probe = await desk.next(100)
    assert len(probe) == 1

    assert not await desk.due(100)
    following = asyncio.create_task(desk.next(100))
    for _ in range(10):
        await works.counts()
    assert not following.done()

    await desk.fail(probe, UNAVAILABLE)
    async with asyncio.timeout(PATIENCE_S):
        assert len(await following) == 1


async def test_pauses_between_probes_grow_up_to_a_cap(works: Works, desk: Desk, clock: ManualClock) -> None:
    await held(works, desk, "a")
    for _ in range(5):
        while not (probe := await desk.due(1)):
            clock.advance(10)
        await desk.fail(probe, UNAUTHORIZED)

    moments = [START, *(signal.until for signal in works.observer.of(StageHeld))]
    pauses_s = [(after - before).total_seconds() for before, after in pairwise(moments)]
    assert pauses_s == [10, 20, 40, 80, 80, 80]


async def test_a_probe_that_works_resumes_the_stage(works: Works, desk: Desk, clock: ManualClock) -> None:
    await held(works, desk, "a", "b", "c")
    clock.advance(10)
    [probe] = await desk.due(100)

    await works_again(desk, probe)

    assert len(await desk.due(100)) == 2
    assert works.observer.of(StageResumed) == [StageResumed(SHOP, Stage.ENRICH)]


async def test_a_stage_that_works_resumes_only_once(works: Works, desk: Desk) -> None:
    desk.worked()
    await held(works, desk, "a")
    desk.worked()
    desk.worked()

    assert len(works.observer.of(StageResumed)) == 1


async def test_after_it_resumed_pauses_begin_anew(works: Works, desk: Desk, clock: ManualClock) -> None:
    await held(works, desk, "a", "b")
    clock.advance(10)
    await desk.fail(await desk.due(1), UNAUTHORIZED)
    clock.advance(20)
    [probe] = await desk.due(1)
    await works_again(desk, probe)
    began = clock.now()

    await desk.fail(await desk.due(1), UNAUTHORIZED)

    assert works.observer.of(StageHeld)[-1].until == began + timedelta(seconds=10)


async def test_calls_that_were_under_way_when_it_was_held_tell_nothing_new(
    works: Works, desk: Desk, clock: ManualClock
) -> None:
    await works.receive("a", "b")
    a, b = await desk.due(2)

    await desk.fail([a], UNAUTHORIZED)
    clock.advance(1)
    await desk.fail([b], UNAUTHORIZED)

    assert len(works.observer.of(StageHeld)) == 1
    clock.advance(9)
    desk.worked()
    assert len(await desk.due(2)) == 2


async def test_whoever_waits_for_a_held_stage_gets_a_probe_when_it_is_time(
    works: Works, desk: Desk, clock: ManualClock
) -> None:
    await held(works, desk, "a", "b")
    waiting = asyncio.create_task(desk.next(100))
    await clock.asleep()

    clock.advance(10)

    async with asyncio.timeout(PATIENCE_S):
        assert len(await waiting) == 1


async def test_whoever_waits_for_a_held_stage_goes_on_as_soon_as_it_works(
    works: Works, desk: Desk, clock: ManualClock
) -> None:
    await works.receive("a", "b", "c")
    a, b = await desk.due(2)
    await desk.fail([a], UNAUTHORIZED)
    waiting = asyncio.create_task(desk.next(100))
    await clock.asleep()

    # A call that was under way all the time turns out to have worked.
    await works_again(desk, b)

    async with asyncio.timeout(PATIENCE_S):
        assert [entry.key for entry in await waiting] == ["c"]


async def test_probes_in_vain_do_not_count_as_attempts_of_the_event_that_was_the_probe(
    works: Works, desk: Desk, clock: ManualClock
) -> None:
    await held(works, desk, "a")
    for _ in range(10):
        while not (probe := await desk.due(1)):
            clock.advance(10)
        await desk.fail(probe, UNAUTHORIZED)
    while not (probe := await desk.due(1)):
        clock.advance(10)

    await desk.fail(probe, MALFORMED)

    assert await works.counts() == {"received": 1}


async def test_whoever_is_cancelled_while_the_stage_is_held_has_claimed_nothing(
    works: Works, desk: Desk, clock: ManualClock
) -> None:
    await held(works, desk, "a")
    waiting = asyncio.create_task(desk.next(100))
    await clock.asleep()

    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    clock.advance(10)
    assert len(await desk.due(100)) == 1


async def test_what_is_wrong_for_the_present_is_wrong_for_the_past_too(works: Works, clock: ManualClock) -> None:
    hold = Hold(clock)
    present = works.desk(Stage.ENRICH, traffic=Traffic.PRESENT, hold=hold)
    past = works.desk(Stage.ENRICH, traffic=Traffic.PAST, hold=hold)
    await works.receive(msgspec.structs.replace(receipt("old"), priority=Priority.BACKFILL))

    await held(works, present, "new")

    assert not await past.due(100)
    clock.advance(10)
    (probe,) = await past.due(100)
    assert not await present.due(100)
    await works_again(past, probe)
    assert [entry.key for entry in await present.due(100)] == ["new"]
    assert len(works.observer.of(StageHeld)) == len(works.observer.of(StageResumed)) == 1
