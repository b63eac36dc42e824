"""The SQLite journal, with its reader, brought to the suite."""

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Final

from gladly_segment.core.ids import CustomerId
from gladly_segment.core.organization import Retention
from gladly_segment.journals.sqlite import SqliteCurator, SqliteJournal, open_curator, open_eraser, open_journal
from gladly_segment.journals.sqlite.connect import FILE_NAME
from gladly_segment.ports.curator import Curator
from gladly_segment.ports.journal import Journal
from gladly_segment.ports.receipts import Changes, Receipts
from tests.conformance.changes.harness import Driver
from tests.support.clock import ManualClock
from tests.support.receipts import SHOP

_LONG: Final = timedelta(days=1000)
_SINCE_NOW: Final = -timedelta(milliseconds=1)


class SqliteHarness:
    """One file, and as many connections as are needed."""

    def __init__(self, directory: Path) -> None:
        self.clock = ManualClock()
        self._data_dir = directory / "data"
        self._journal: SqliteJournal | None = None
        self._curators: list[SqliteCurator] = []
        self._holder: sqlite3.Connection | None = None

    async def open(self) -> tuple[Journal, Changes, Receipts]:
        if self._journal is not None:
            await self._journal.close()
        self._journal = await open_journal(self._data_dir, self.clock)
        return self._journal, self._journal.changes, self._journal.receipts

    async def curator(self) -> Curator:
        self._curators.append(await open_curator(self._data_dir, self.clock))
        return self._curators[-1]

    async def erase(self, customer: CustomerId) -> None:
        async with open_eraser(self._data_dir, self.clock) as eraser:
            await eraser.erase(SHOP, [customer])

    async def forget(self, *, content_only: bool) -> None:
        assert self._journal is not None
        kept = Retention(ended=_LONG if content_only else _SINCE_NOW, dead=_LONG, content=_SINCE_NOW)
        while await self._journal.forget(SHOP, kept, self.clock.now()):
            pass

    async def hold_the_writer(self) -> None:
        self._holder = sqlite3.connect(self._data_dir / FILE_NAME, isolation_level=None)
        self._holder.execute("BEGIN IMMEDIATE")

    async def close(self) -> None:
        if self._holder is not None:
            self._holder.close()
        while self._curators:
            await self._curators.pop().close()
        if self._journal is not None:
            await self._journal.close()


SQLITE: Final = Driver(name="sqlite", harness=SqliteHarness)
