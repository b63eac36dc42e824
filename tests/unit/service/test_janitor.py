"""The janitor: one look at the journal, then forgetting as time passes."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import pytest

from gladly_segment.core.errors import JournalDamagedError, JournalUnavailableError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Retention
from gladly_segment.core.signals import JournalTrouble
from gladly_segment.service.janitor import Janitor
from tests.support.clock import START, ManualClock
from tests.support.observer import RecordingObserver
from tests.support.receipts import OTHER_SHOP, SHOP

EVERY_S: Final = 60.0
DEFAULT: Final = Retention(ended=timedelta(days=30), dead=timedelta(days=180), content=timedelta(days=30))
OWN: Final = Retention(ended=timedelta(days=14), dead=timedelta(days=90), content=timedelta(days=1))
FULL: Final = JournalUnavailableError("the journal could not be written: disk full")
DAMAGED: Final = JournalDamagedError("the journal is damaged")


class ScriptedUpkeep:
    """The upkeep port: forgets portions as told, and meets troubles as told."""

    def __init__(self) -> None:
        self.portions: deque[int | Exception] = deque()
        self.verifying: Exception | None = None
        self.verified = 0
        self.received_of = [SHOP]
        self.asked: list[tuple[OrganizationId, Retention, datetime]] = []

    async def organizations(self) -> Sequence[OrganizationId]:
        return self.received_of

    async def forget(self, organization: OrganizationId, retention: Retention, now: datetime) -> int:
        self.asked.append((organization, retention, now))
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
        self.retentions: Mapping[OrganizationId, Retention] = {}
        self._janitor = Janitor(self.upkeep, lambda: self.retentions, DEFAULT, self.clock, self.observer)
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


async def test_it_forgets_by_the_clock(at_work: AtWork) -> None:
    await at_work.begins()
    await at_work.passes(EVERY_S)

    assert [now for _, _, now in at_work.upkeep.asked] == [START, START + timedelta(seconds=EVERY_S)]


async def test_each_organization_has_its_own_retention_and_one_that_is_not_served_the_default(at_work: AtWork) -> None:
    at_work.upkeep.received_of = [OTHER_SHOP, SHOP]
    at_work.retentions = {SHOP: OWN}

    await at_work.begins()

    assert [asked[:2] for asked in at_work.upkeep.asked] == [(OTHER_SHOP, DEFAULT), (SHOP, OWN)]


async def test_what_changes_while_it_runs_holds_from_then_on(at_work: AtWork) -> None:
    await at_work.begins()
    at_work.retentions = {SHOP: OWN}
    await at_work.passes(EVERY_S)
    at_work.retentions = {}
    await at_work.passes(EVERY_S)

    assert [retention for _, retention, _ in at_work.upkeep.asked] == [DEFAULT, OWN, DEFAULT]


async def test_where_nothing_was_received_nothing_is_forgotten(at_work: AtWork) -> None:
    at_work.upkeep.received_of = []
    at_work.retentions = {SHOP: OWN}

    await at_work.begins()

    assert at_work.upkeep.asked == []


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
