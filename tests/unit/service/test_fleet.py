"""A pipeline for each organization that is not paused, whatever the roster says from one moment to the next."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import cast

import pytest

from gladly_segment.core.errors import JournalDamagedError, JournalUnavailableError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Organization
from gladly_segment.core.signals import Change, JournalTrouble, OrganizationChanged
from gladly_segment.service.fleet import Fleet
from gladly_segment.service.organization import Pipeline
from gladly_segment.service.roster import Roster
from tests.support.clock import ManualClock
from tests.support.observer import RecordingObserver
from tests.support.organizations import an_organization

ACME = an_organization()
BETA = an_organization("beta")


class StubRoster:
    def __init__(self) -> None:
        self.organizations: tuple[Organization, ...] = ()
        self.is_changed = False
        self.trouble: Exception | None = None

    async def changed(self) -> bool:
        if self.trouble is not None:
            raise self.trouble
        return self.is_changed

    async def read(self) -> Mapping[OrganizationId, Organization]:
        return {each.name: each for each in self.organizations}


class StubPipeline:
    """Works until cancelled; then it has something in hand that ends when `finished` is set."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        self.finished = asyncio.Event()
        self.finished.set()
        self.error: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.is_running = False
        self.drained = False
        self.forgot_customers = 0

    async def run(self) -> None:
        self.is_running = True
        try:
            await asyncio.shield(self.error)
        finally:
            try:
                await self.finished.wait()
            finally:
                self.is_running = False

    async def drain(self) -> None:
        self.drained = True

    def forget_customers(self) -> None:
        self.forgot_customers += 1

    def preview(self) -> Organization:
        return self.organization


class Harbour:
    def __init__(self) -> None:
        self.roster = StubRoster()
        self.made: list[StubPipeline] = []
        self.doors: Mapping[OrganizationId, Organization] = {}
        self.clock = ManualClock()
        self.observer = RecordingObserver()
        self.fleet = Fleet(cast("Roster", self.roster), self._make, self._open, self.clock, self.observer)

    async def become(self, *organizations: Organization) -> None:
        self.roster.organizations = organizations
        await self.fleet.refresh()
        await turn()

    def running(self) -> list[Organization]:
        return [pipeline.organization for pipeline in self.made if pipeline.is_running]

    def changes(self) -> list[tuple[str, Change]]:
        return [
            (each.organization, each.change) for each in self.observer.signals if isinstance(each, OrganizationChanged)
        ]

    def _make(self, organization: Organization) -> Pipeline:
        self.made.append(StubPipeline(organization))
        return cast("Pipeline", self.made[-1])

    def _open(self, organizations: Mapping[OrganizationId, Organization]) -> None:
        self.doors = organizations


async def turn() -> None:
    """Let every task that can go on go on."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
async def harbour() -> AsyncIterator[Harbour]:
    harbour = Harbour()
    yield harbour
    await harbour.fleet.drain(10)


async def test_each_organization_has_a_pipeline_and_a_door(harbour: Harbour) -> None:
    await harbour.become(ACME, BETA)

    assert harbour.running() == [ACME, BETA]
    assert list(harbour.doors) == ["acme", "beta"]
    assert sorted(harbour.changes()) == [("acme", Change.ADDED), ("beta", Change.ADDED)]


async def test_a_paused_one_has_a_door_and_no_pipeline(harbour: Harbour) -> None:
    await harbour.become(an_organization(paused=True))

    assert harbour.running() == []
    assert list(harbour.doors) == ["acme"]


async def test_pausing_ends_the_pipeline_and_resuming_makes_another(harbour: Harbour) -> None:
    await harbour.become(ACME)
    await harbour.become(an_organization(paused=True))
    assert harbour.running() == []

    await harbour.become(ACME)

    assert harbour.running() == [ACME]
    assert [change for _, change in harbour.changes()] == [Change.ADDED, Change.PAUSED, Change.RESUMED]


async def test_a_removed_one_has_neither(harbour: Harbour) -> None:
    await harbour.become(ACME, BETA)
    await harbour.become(BETA)

    assert harbour.running() == [BETA]
    assert list(harbour.doors) == ["beta"]
    assert harbour.changes()[-1] == ("acme", Change.REMOVED)


async def test_one_that_was_removed_may_come_back(harbour: Harbour) -> None:
    await harbour.become(ACME)
    await harbour.become()
    await harbour.become()
    await harbour.become(ACME)

    assert harbour.running() == [ACME]


async def test_what_did_not_change_goes_on_undisturbed(harbour: Harbour) -> None:
    await harbour.become(ACME)
    await harbour.become(an_organization(), BETA)

    assert [pipeline.organization for pipeline in harbour.made] == [ACME, BETA]
    assert harbour.changes().count(("acme", Change.ADDED)) == 1


async def test_the_next_pipeline_begins_only_when_the_former_has_nothing_in_hand_any_more(harbour: Harbour) -> None:
    await harbour.become(ACME)
    harbour.made[0].finished.clear()
    changed = an_organization(write_key="another")

    await harbour.become(changed)
    assert harbour.running() == [ACME]

    harbour.made[0].finished.set()
    await turn()
    assert harbour.running() == [changed]
    assert harbour.changes()[-1] == ("acme", Change.CHANGED)


async def test_of_several_changes_meanwhile_the_last_counts(harbour: Harbour) -> None:
    await harbour.become(ACME)
    harbour.made[0].finished.clear()
    await harbour.become(an_organization(write_key="second"))
    await harbour.become(an_organization(write_key="third"))

    harbour.made[0].finished.set()
    await turn()

    assert harbour.running() == [an_organization(write_key="third")]
    assert len(harbour.made) == 2


async def test_one_that_is_slow_to_end_holds_up_no_other(harbour: Harbour) -> None:
    await harbour.become(ACME)
    harbour.made[0].finished.clear()

    await harbour.become(BETA)

    assert BETA in harbour.running()
    harbour.made[0].finished.set()


@pytest.fixture
async def following(harbour: Harbour) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(harbour.fleet.run())
    await turn()
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_the_roster_is_looked_at_every_second(harbour: Harbour, following: asyncio.Task[None]) -> None:
    harbour.roster.organizations = (ACME,)
    harbour.roster.is_changed = True

    harbour.clock.advance(1)
    await turn()

    assert harbour.running() == [ACME]


async def test_a_journal_in_trouble_is_told_of_and_looked_at_again(
    harbour: Harbour, following: asyncio.Task[None]
) -> None:
    harbour.roster.trouble = JournalUnavailableError("full")
    harbour.clock.advance(1)
    await turn()
    assert JournalTrouble("full") in harbour.observer.signals

    harbour.roster.trouble = None
    harbour.roster.organizations, harbour.roster.is_changed = (ACME,), True
    harbour.clock.advance(1)
    await turn()
    assert harbour.running() == [ACME]


async def test_an_error_that_stops_a_worker_ends_the_fleet(harbour: Harbour, following: asyncio.Task[None]) -> None:
    await harbour.become(ACME)

    harbour.made[0].error.set_exception(JournalDamagedError("damaged"))
    await turn()

    with pytest.raises(JournalDamagedError):
        await following


async def test_draining_ends_all_and_works_off_what_is_due(harbour: Harbour) -> None:
    await harbour.become(ACME, BETA)

    assert await harbour.fleet.drain(10)

    assert harbour.running() == []
    assert [pipeline.drained for pipeline in harbour.made] == [True, True]


@pytest.fixture
def make() -> Callable[[], Harbour]:
    return Harbour


async def test_a_drain_that_takes_too_long_is_cut_short(make: Callable[[], Harbour]) -> None:
    harbour = make()
    await harbour.become(ACME)
    harbour.made[0].finished.clear()

    assert not await harbour.fleet.drain(0.01)
    assert harbour.running() == []


async def test_customers_of_one_organization_are_forgotten_and_of_no_other(harbour: Harbour) -> None:
    await harbour.become(ACME, BETA)

    harbour.fleet.forget_customers(BETA.name)
    harbour.fleet.forget_customers(OrganizationId("gone"))

    assert [pipeline.forgot_customers for pipeline in harbour.made] == [0, 1]


async def test_a_preview_is_that_of_the_running_pipeline(harbour: Harbour) -> None:
    await harbour.become(ACME, BETA)

    assert harbour.fleet.preview(BETA.name) == BETA
    assert len(harbour.made) == 2


async def test_a_paused_organization_has_a_preview_and_stays_paused(harbour: Harbour) -> None:
    paused = an_organization(paused=True)
    await harbour.become(paused)

    assert harbour.fleet.preview(paused.name) == paused
    assert harbour.running() == []


async def test_an_organization_that_is_not_known_has_no_preview(harbour: Harbour) -> None:
    await harbour.become(ACME)
    await harbour.become()

    assert harbour.fleet.preview(ACME.name) is None
