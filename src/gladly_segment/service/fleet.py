"""All pipelines of a service: as many as there are organizations just now, none of them missing unnoticed."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Final

from gladly_segment.core.errors import JournalUnavailableError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Organization
from gladly_segment.core.signals import Change, JournalTrouble, OrganizationChanged
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.observer import Observer
from gladly_segment.service.organization import Pipeline
from gladly_segment.service.preview import Preview
from gladly_segment.service.roster import Roster

_LOOK_EVERY_S: Final = 1.0


class Fleet:
    """Keeps a pipeline running for each organization that is not paused, and follows the roster."""

    def __init__(
        self,
        roster: Roster,
        make: Callable[[Organization], Pipeline],
        open_doors: Callable[[Mapping[OrganizationId, Organization]], None],
        clock: Clock,
        observer: Observer,
    ) -> None:
        """`open_doors` is told of all organizations whenever they change; it does not block."""
        self._roster = roster
        self._make = make
        self._open_doors = open_doors
        self._clock = clock
        self._observer = observer
        self._berths: dict[OrganizationId, _Berth] = {}
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._refreshing = asyncio.Lock()

    @property
    def organizations(self) -> Collection[Organization]:
        """All organizations that are known just now, paused ones too."""
        return [berth.organization for berth in self._berths.values() if berth.organization is not None]

    async def run(self) -> None:
        """Follow the roster until cancelled. Raises what stops a worker."""
        watching = asyncio.create_task(self._follow())
        try:
            await asyncio.wait((watching, self._failed), return_when=asyncio.FIRST_COMPLETED)
            for ended in (watching, self._failed):
                if ended.done():
                    ended.result()
        finally:
            watching.cancel()

    async def refresh(self) -> None:
        """Read the roster, and start, stop and replace pipelines until they are as it says."""
        async with self._refreshing:
            wanted = await self._roster.read()
            self._open_doors(wanted)
            for name in sorted(wanted.keys() | self._berths.keys()):
                berth = self._berths.get(name) or self._berths.setdefault(name, _Berth(self._make, self._fail))
                self._tell(name, berth.organization, wanted.get(name))
                berth.want(wanted.get(name))
            self._berths = {name: berth for name, berth in self._berths.items() if not berth.is_empty}

    def preview(self, organization: OrganizationId) -> Preview | None:
        """See what would be made of an organization's events now, be it paused or not; None where it is not known."""
        berth = self._berths.get(organization)
        if berth is None or berth.organization is None:
            return None
        return (berth.pipeline or self._make(berth.organization)).preview()

    def forget_customers(self, organization: OrganizationId) -> None:
        """Drop what is remembered of an organization's customers."""
        berth = self._berths.get(organization)
        if berth is not None and berth.pipeline is not None:
            berth.pipeline.forget_customers()

    async def drain(self, within_s: float) -> bool:
        """Finish what is in hand, then work off what is due; tell whether that was done in time."""
        berths = list(self._berths.values())
        try:
            async with asyncio.timeout(within_s):
                await asyncio.gather(*(berth.stop() for berth in berths))
                await asyncio.gather(*(berth.pipeline.drain() for berth in berths if berth.pipeline is not None))
        except TimeoutError:
            await asyncio.gather(*(berth.stop() for berth in berths))
            return False
        return True

    async def _follow(self) -> None:
        while True:
            await self._clock.sleep(_LOOK_EVERY_S)
            try:
                if await self._roster.changed():
                    await self.refresh()
            except JournalUnavailableError as error:
                self._observer.emit(JournalTrouble(error.message))

    def _fail(self, error: BaseException) -> None:
        if not self._failed.done():
            self._failed.set_exception(error)

    def _tell(self, name: OrganizationId, before: Organization | None, after: Organization | None) -> None:
        if before != after:
            self._observer.emit(OrganizationChanged(name, _change(before, after)))


def _change(before: Organization | None, after: Organization | None) -> Change:
    if after is None:
        return Change.REMOVED
    if after.paused != (before is not None and before.paused):
        return Change.PAUSED if after.paused else Change.RESUMED
    return Change.ADDED if before is None else Change.CHANGED


class _Berth:
    """The place of one organization: its pipeline, replaced only after the former has finished what it had in hand."""

    def __init__(self, make: Callable[[Organization], Pipeline], fail: Callable[[BaseException], None]) -> None:
        self.organization: Organization | None = None
        """Who is wanted here."""
        self.pipeline: Pipeline | None = None
        self._make = make
        self._fail = fail
        self._here: Organization | None = None
        self._task: asyncio.Task[None] | None = None
        self._turning: asyncio.Task[None] | None = None

    @property
    def is_empty(self) -> bool:
        """Nobody is wanted here, and nobody is here any more."""
        return self.organization is None and self._turning is None

    def want(self, organization: Organization | None) -> None:
        """Have this organization's pipeline here, as soon as the former has ended."""
        self.organization = organization
        if self._turning is None and organization != self._here:
            self._turning = asyncio.create_task(self._turn())

    async def stop(self) -> None:
        """End the pipeline; when cancelled meanwhile, at once."""
        if self._turning is not None:
            self._turning.cancel()
            await asyncio.wait((self._turning,))
        await self._end()

    async def _turn(self) -> None:
        try:
            while self._here != self.organization:
                await self._end()
                self._here = self.organization
                if self._here is not None and not self._here.paused:
                    self.pipeline = self._make(self._here)
                    self._task = asyncio.create_task(self.pipeline.run())
                    self._task.add_done_callback(self._ended)
                else:
                    self.pipeline = None
        finally:
            self._turning = None

    async def _end(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)
