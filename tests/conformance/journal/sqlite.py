"""The SQLite journal's harness."""

import resource
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from gladly_segment.core.ids import CustomerId
from gladly_segment.core.organization import Retention
from gladly_segment.journals.sqlite import SqliteJournal, open_eraser, open_journal
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.journal import Journal
from tests.conformance.journal.harness import Driver, Traits
from tests.support.clock import ManualClock
from tests.support.receipts import SHOP

_AT_ONCE: Final = -timedelta(milliseconds=1)
_NOTHING_IS_KEPT: Final = Retention(ended=_AT_ONCE, dead=_AT_ONCE, content=_AT_ONCE)


class SqliteHarness:
    """A crash leaves behind what the files hold at that moment: a copy of them is opened in the next directory."""

    def __init__(self, directory: Path) -> None:
        self.clock = ManualClock()
        self._directory = directory
        self._generation = 0
        self._opened: list[SqliteJournal] = []

    @property
    def location(self) -> str:
        return str(self._directory / f"generation-{self._generation}")

    async def open(self) -> Journal:
        journal = await open_journal(Path(self.location), self.clock)
        self._opened.append(journal)
        return journal

    async def crash_and_reopen(self) -> Journal:
        self._leave_behind()
        await self.close()
        return await self.open()

    def _leave_behind(self) -> None:
        files = list(Path(self.location).glob("journal.sqlite*"))
        self._generation += 1
        Path(self.location).mkdir(mode=0o700)
        for file in files:
            shutil.copy2(file, self.location)

    @contextmanager
    def failing_storage(self) -> Generator[None]:
        # The kernel refuses whatever this process writes to a file beyond its first byte.
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    async def erase(self, customer: CustomerId) -> None:
        async with open_eraser(Path(self.location), self.clock) as eraser:
            await eraser.erase(SHOP, [customer])

    async def forget(self) -> None:
        for organization in await self._opened[-1].organizations():
            while await self._opened[-1].forget(organization, _NOTHING_IS_KEPT, self.clock.now()):
                pass

    async def close(self) -> None:
        while self._opened:
            await self._opened.pop().close()


async def _open_at(location: str, clock: Clock) -> Journal:
    return await open_journal(Path(location), clock)


SQLITE: Final = Driver(
    name="sqlite",
    traits=Traits(storage_can_fail=True, opens_in_other_processes=True),
    harness=SqliteHarness,
    open_at=_open_at,
)
