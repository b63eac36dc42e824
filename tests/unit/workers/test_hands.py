"""Hands: jobs side by side, none of them unnoticed, none of them left behind."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gladly_segment.workers import Hands

PATIENCE_S = 30


class Jobs:
    """Jobs that last until told to end."""

    def __init__(self) -> None:
        self.running = 0
        self.cleaned_up = 0
        self.end = asyncio.Event()

    async def work(self) -> None:
        self.running += 1
        try:
            await self.end.wait()
        finally:
            # Cleaning up takes a while, as closing a connection does.
            await asyncio.sleep(0)
            self.running -= 1
            self.cleaned_up += 1

    async def fail(self, error: Exception) -> None:
        await self.end.wait()
        raise error


@pytest.fixture
def jobs() -> Jobs:
    return Jobs()


@pytest.fixture
async def unhandled() -> AsyncIterator[list[dict[str, Any]]]:
    """What the event loop complains of: an error of a task that nobody looked at, for example."""
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    yield complaints
    asyncio.get_running_loop().set_exception_handler(None)


async def let_run() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_it_tells_how_many_hands_are_free(jobs: Jobs) -> None:
    hands = Hands(3)
    assert await hands.free() == 3
    hands.take_on(jobs.work())
    assert await hands.free() == 2
    jobs.end.set()
    await hands.finish()
    assert await hands.free() == 3


async def test_with_all_hands_busy_it_waits_for_one(jobs: Jobs) -> None:
    hands = Hands(2)
    hands.take_on(jobs.work())
    hands.take_on(jobs.work())
    waiting = asyncio.create_task(hands.free())
    await let_run()
    assert (jobs.running, waiting.done()) == (2, False)

    jobs.end.set()

    async with asyncio.timeout(PATIENCE_S):
        assert await waiting in {1, 2}
    await hands.finish()


async def test_finishing_waits_for_all_jobs(jobs: Jobs) -> None:
    hands = Hands(2)
    hands.take_on(jobs.work())
    hands.take_on(jobs.work())
    finishing = asyncio.create_task(hands.finish())
    await let_run()
    assert not finishing.done()

    jobs.end.set()

    async with asyncio.timeout(PATIENCE_S):
        await finishing
    assert (jobs.running, jobs.cleaned_up) == (0, 2)


async def test_whoever_is_cancelled_while_finishing_leaves_no_job_behind(jobs: Jobs) -> None:
    hands = Hands(2)
    hands.take_on(jobs.work())
    hands.take_on(jobs.work())
    finishing = asyncio.create_task(hands.finish())
    await let_run()

    finishing.cancel()

    with pytest.raises(asyncio.CancelledError):
        await finishing
    assert (jobs.running, jobs.cleaned_up) == (0, 2)


async def test_an_error_of_a_job_comes_out_when_hands_are_counted(jobs: Jobs) -> None:
    hands = Hands(1)
    hands.take_on(jobs.fail(LookupError("escaped")))
    jobs.end.set()

    with pytest.raises(LookupError, match="escaped"):
        await hands.free()


async def test_an_error_of_a_job_comes_out_when_finishing(jobs: Jobs) -> None:
    hands = Hands(2)
    hands.take_on(jobs.fail(LookupError("escaped")))
    hands.take_on(jobs.work())
    jobs.end.set()

    with pytest.raises(LookupError, match="escaped"):
        await hands.finish()

    assert jobs.running == 0


async def test_an_error_of_a_job_stops_its_owner_wherever_that_waits(jobs: Jobs) -> None:
    async def owner() -> None:
        hands = Hands(2)
        hands.take_on(jobs.fail(LookupError("escaped")))
        try:
            await hands.free()
            await asyncio.Event().wait()
        finally:
            await hands.finish()

    owning = asyncio.create_task(owner())
    await let_run()
    jobs.end.set()

    await asyncio.wait({owning}, timeout=PATIENCE_S)
    assert owning.done()
    with pytest.raises(LookupError, match="escaped"):
        await owning


async def test_an_error_met_while_finishing_does_not_end_the_other_jobs(jobs: Jobs) -> None:
    async def owner() -> None:
        hands = Hands(3)
        failing = asyncio.Event()
        hands.take_on(fail_at(failing))
        hands.take_on(jobs.work())
        try:
            await hands.free()
            await asyncio.sleep(0)
        finally:
            failing.set()
            await hands.finish()

    async def fail_at(moment: asyncio.Event) -> None:
        await moment.wait()
        raise LookupError("escaped")

    owning = asyncio.create_task(owner())
    await let_run()
    assert not owning.done()
    jobs.end.set()

    with pytest.raises(LookupError, match="escaped"):
        await owning
    assert (jobs.running, jobs.cleaned_up) == (0, 1)


async def test_of_several_errors_none_goes_unnoticed(jobs: Jobs, unhandled: list[dict[str, Any]]) -> None:
    hands = Hands(3)
    for number in range(3):
        hands.take_on(jobs.fail(LookupError(number)))
    jobs.end.set()

    with pytest.raises(LookupError):
        await hands.finish()

    del hands
    await let_run()
    assert unhandled == []
