"""The janitor: one look at the journal, then forgetting as time passes."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final

import pytest

from gladly_segment.core.errors import JournalDamagedError, JournalUnavailableError
from gladly_segment.core.signals import JournalTrouble
from gladly_segment.service.janitor import Janitor, Retention
from tests.support.clock import START, ManualClock
from tests.support.observer import RecordingObserver

EVERY_S: Final = 60.0
RETENTION: Final = Retention(ended=timedelta(days=30), dead=timedelta(days=180))
FULL: Final = JournalUnavailableError("the journal could not be written: disk full")
DAMAGED: Final = JournalDamagedError("the journal is damaged")


class ScriptedUpkeep:
    """The upkeep port: forgets portions as told, and meets troubles as told."""

    def __init__(self) -> None:
        self.portions: deque[int | Exception] = deque()
        self.verifying: Exception | None = None
        self.verified = 0
        self.asked: list[tuple[datetime, datetime]] = []

    async def forget(self, *, ended_before: datetime, dead_before: datetime) -> int:
        self.asked.append((ended_before, dead_before))
        portion = self.portions.popleft() if self.portions else 0
        if isinstance(portion, Exception):
            raise portion
        return portion

    async def size_bytes(self) -> int:
        raise AssertionError("nobody asked for the size")

    async def verify(self) -> None:
        assert self.asked == [], "it is verified before anything is deleted"
        self.verified += 1
        if self.verifying is not None:
            raise self.verifying


class AtWork:
    """A janitor at work, and what it works with."""

    def __init__(self) -> None:
        self.upkeep = ScriptedUpkeep()
        self.clock = ManualClock()
        self.observer = RecordingObserver()
        self._janitor = Janitor(self.upkeep, RETENTION, self.clock, self.observer)
        self.task: asyncio.Task[None] | None = None

    async def begins(self) -> None:
        """Let it work until it sleeps."""
        self.task = asyncio.create_task(self._janitor.run())
        await self.clock.asleep()

    async def passes(self, seconds: float) -> None:
        """Let time pass, and let it work until it sleeps again."""
        self.clock.advance(seconds)
        await self.clock.asleep()

    async def ends(self) -> None:
        async with asyncio.timeout(30):
            await self._janitor.run()


@pytest.fixture
async def at_work() -> AsyncIterator[AtWork]:
    at_work = AtWork()
    yield at_work
    if at_work.task is not None:
        at_work.task.cancel()
        await asyncio.wait({at_work.task})


async def test_a_journal_is_verified_once(at_work: AtWork) -> None:
    await at_work.begins()
    for _ in range(5):
        await at_work.passes(EVERY_S)

    assert at_work.upkeep.verified == 1


async def test_it_forgets_by_the_clock_what_is_older_than_the_retention(at_work: AtWork) -> None:
    await at_work.begins()
    await at_work.passes(EVERY_S)

    assert at_work.upkeep.asked == [
        (now - timedelta(days=30), now - timedelta(days=180)) for now in (START, START + timedelta(seconds=EVERY_S))
    ]


async def test_between_its_rounds_it_rests(at_work: AtWork) -> None:
    await at_work.begins()
    await at_work.passes(EVERY_S - 1)

    assert len(at_work.upkeep.asked) == 1
    assert at_work.clock.next_waking_s == 1


async def test_it_forgets_in_portions_with_a_breath_between_them(at_work: AtWork) -> None:
    at_work.upkeep.portions.extend([500, 500, 100])

    await at_work.begins()
    breaths = [at_work.clock.next_waking_s]
    for _ in range(3):
        await at_work.passes(breaths[-1])
        breaths.append(at_work.clock.next_waking_s)

    assert len(at_work.upkeep.asked) == 4
    assert all(0 < breath < 1 for breath in breaths[:3])
    assert breaths[3] == EVERY_S


async def test_while_the_journal_cannot_be_written_it_says_so_and_tries_again(at_work: AtWork) -> None:
    at_work.upkeep.portions.extend([FULL, FULL, 500])

    await at_work.begins()
    await at_work.passes(EVERY_S)
    await at_work.passes(EVERY_S)

    assert at_work.observer.signals == [JournalTrouble(FULL.message)] * 2
    assert at_work.clock.next_waking_s < 1


async def test_a_journal_that_cannot_be_verified_now_is_still_looked_after(at_work: AtWork) -> None:
    at_work.upkeep.verifying = FULL

    await at_work.begins()

    assert at_work.observer.signals == [JournalTrouble(FULL.message)]
    assert len(at_work.upkeep.asked) == 1


async def test_damage_found_at_the_beginning_ends_it_before_anything_is_deleted(at_work: AtWork) -> None:
    at_work.upkeep.verifying = DAMAGED

    with pytest.raises(JournalDamagedError):
        await at_work.ends()

    assert at_work.upkeep.asked == []


async def test_damage_met_while_forgetting_ends_it(at_work: AtWork) -> None:
    at_work.upkeep.portions.append(DAMAGED)

    with pytest.raises(JournalDamagedError):
        await at_work.ends()

    assert at_work.observer.signals == []
