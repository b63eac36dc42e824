"""What is begun on a page: it goes on by itself, tells of each step, and is taken back at the end of the service."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from gladly_segment.connect.wish import Outcome, Step, Told
from gladly_segment.core.errors import ConnectRefusedError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.debugger.connect.watched import RunKind, RunState
from gladly_segment.service.screens.runs import KEPT, Runs, Work

ACME = OrganizationId("acme")
STEP = Told(Step.WEBHOOK, Outcome.CHANGED, "registered")

Tell = Callable[[Told], None]


class Gate:
    """Work that goes on only when a test says so, and notes how it ended."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.begun = asyncio.Event()
        self.taken_back = False

    async def work(self, tell: Tell) -> Path | None:
        tell(STEP)
        self.begun.set()
        try:
            await self.opened.wait()
        except asyncio.CancelledError:
            self.taken_back = True
            raise
        return Path("/a/key")


def begin(runs: Runs, work: Work) -> str:
    return runs.begin(RunKind.CONNECT, ACME, work, draft="d1")


async def ended(runs: Runs, id_: str) -> RunState:
    # A run tells nobody of its end but who looks.
    while (run := runs.find(id_)) is not None and run.state is RunState.UNDER_WAY:  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert run is not None
    return run.state


async def test_steps_are_told_as_they_are_done_and_the_end_with_what_was_made() -> None:
    runs, gate = Runs(), Gate()
    id_ = begin(runs, gate.work)
    await gate.begun.wait()
    run = runs.find(id_)
    assert run is not None
    assert (run.state, [line.detail for line in run.lines], run.draft) == (RunState.UNDER_WAY, ["registered"], "d1")

    gate.opened.set()

    assert await ended(runs, id_) is RunState.DONE
    assert (run := runs.find(id_)) is not None
    assert run.made_key == "/a/key"


async def test_a_refusal_is_told_in_its_own_words() -> None:
    async def work(tell: Tell) -> None:
        raise ConnectRefusedError("url_taken", "it is taken", hint="take another")

    runs = Runs()
    id_ = begin(runs, work)

    assert await ended(runs, id_) is RunState.REFUSED
    run = runs.find(id_)
    assert run is not None
    assert run.wrong is not None
    assert (run.wrong.reason, run.wrong.message, run.wrong.hint) == ("url_taken", "it is taken", "take another")


async def test_an_error_that_nobody_expected_is_told_without_what_it_holds() -> None:
    async def work(tell: Tell) -> None:
        raise ZeroDivisionError("canary-detail")

    runs = Runs()
    id_ = begin(runs, work)

    assert await ended(runs, id_) is RunState.REFUSED
    assert "canary-detail" not in str(runs.find(id_))


@pytest.mark.parametrize("how", ["by a person", "by the end of the service"])
async def test_what_is_cancelled_is_taken_back(how: str) -> None:
    runs, gate = Runs(), Gate()
    id_ = begin(runs, gate.work)
    await gate.begun.wait()

    if how == "by a person":
        runs.cancel(id_)
        assert await ended(runs, id_) is RunState.CANCELLED
    else:
        await runs.close()

    assert gate.taken_back


async def test_what_has_ended_is_forgotten_before_what_goes_on() -> None:
    async def nothing(tell: Tell) -> None:
        pass

    runs, gate = Runs(), Gate()
    goes_on = begin(runs, gate.work)
    first = begin(runs, nothing)
    assert await ended(runs, first) is RunState.DONE
    for _ in range(KEPT):
        await ended(runs, begin(runs, nothing))

    assert runs.find(first) is None
    assert runs.find(goes_on) is not None
    await runs.close()
