"""What a call to a vendor is attributed to: the attempts of the stage that made it, and nothing else."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.lifecycle import ParkCause, Stage, State
from gladly_segment.core.records import Delivered, MadeReady, MessageId, Parked
from gladly_segment.core.signals import WorkEnded
from gladly_segment.gladly.memo import Memo
from gladly_segment.ports.attribution import at_hand
from gladly_segment.workers import Desk
from tests.support.clock import START, ManualClock
from tests.support.receipts import SHOP, receipt
from tests.support.stages import Works


def keys() -> list[str]:
    return [work.key for work in at_hand()]


@pytest.fixture
def desk(works: Works) -> Desk:
    return works.desk(Stage.ENRICH)


async def test_an_attempt_is_told_of_with_what_came_of_it(works: Works, desk: Desk, clock: ManualClock) -> None:
    await works.receive(receipt("a", lane="conversation:c-1"))
    clock.advance(3.0)
    (entry,) = await desk.next(1)
    clock.advance(2.0)

    await desk.settle([entry], [MadeReady(entry.seq, b"{}", MessageId("m"))])

    (ended,) = works.observer.of(WorkEnded)
    work = ended.work
    assert (ended.state, ended.reason, ended.detail) == (State.READY, "", "")
    assert (work.organization, work.stage, work.key, work.lane) == (SHOP, Stage.ENRICH, "a", "conversation:c-1")
    assert (work.entered_at, work.began) == (START, START + timedelta(seconds=3))


async def test_an_attempt_that_is_put_off_is_told_of_and_the_next_one_as_well(
    works: Works, desk: Desk, clock: ManualClock
) -> None:
    await works.receive("a")
    (entry,) = await desk.next(1)
    await desk.fail([entry], Failure(FailureKind.UNAVAILABLE, "answered 503"))
    clock.advance(60.0)
    (entry,) = await desk.next(1)
    await desk.settle([entry], [Parked(entry.seq, ParkCause.REQUEST_REFUSED, "answered 400")])

    told = works.observer.of(WorkEnded)
    assert [(each.state, each.reason, each.detail) for each in told] == [
        (State.RECEIVED, "", "answered 503"),
        (State.PARKED, "request_refused", "answered 400"),
    ]
    assert [each.work.attempts for each in told] == [0, 1]
    assert [each.work.began - START for each in told] == [timedelta(), timedelta(seconds=60)]


async def test_what_is_done_for_entries_is_attributed_to_them(works: Works) -> None:
    desk = works.desk(Stage.DELIVER)
    await works.make_ready("a", "b")
    entries = await desk.next(2)

    with desk.at_work(entries):
        inside = keys()
        in_a_task = await asyncio.create_task(_keys())
    await desk.settle(entries, [Delivered(entry.seq) for entry in entries])

    assert inside == in_a_task == ["a", "b"]
    assert keys() == []


async def test_work_side_by_side_is_kept_apart(works: Works, desk: Desk) -> None:
    await works.receive("a", "b")
    entries = await desk.next(2)
    both = asyncio.Barrier(2)

    async def look(index: int) -> list[str]:
        with desk.at_work([entries[index]]):
            await both.wait()
            return keys()

    assert await asyncio.gather(look(0), look(1)) == [["a"], ["b"]]


async def test_a_call_that_several_wait_for_is_attributed_to_all_of_them(
    works: Works, desk: Desk, clock: ManualClock
) -> None:
    await works.receive("a", "b", "c")
    entries = await desk.next(3)
    memo: Memo[str, list[str]] = Memo(clock, keep_s=60.0, most=10)
    answering = asyncio.Event()
    fetched: list[Sequence[str]] = []

    async def fetch() -> list[str]:
        await answering.wait()
        fetched.append(keys())
        return keys()

    async def ask(index: int) -> list[str]:
        with desk.at_work([entries[index]]):
            await memo.get("customer", fetch)
            return keys()

    asking = [asyncio.create_task(ask(index)) for index in range(2)]
    await asyncio.sleep(0)
    answering.set()
    own = await asyncio.gather(*asking)
    # Who finds it remembered has caused no call.
    await ask(2)

    assert fetched == [["a", "b"]]
    assert own == [["a"], ["b"]]


async def _keys() -> list[str]:
    return keys()
