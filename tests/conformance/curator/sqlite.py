"""The SQLite curator, brought to the suite beside an open journal."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from gladly_segment.core.errors import JournalUnavailableError
from gladly_segment.core.organization import Retention
from gladly_segment.journals.sqlite import SqliteCurator, SqliteJournal, curation, open_curator, open_journal
from gladly_segment.ports.curator import Curator
from gladly_segment.ports.journal import Journal
from tests.conformance.curator.harness import Driver
from tests.support.clock import ManualClock

_LONG: Final = timedelta(days=1000)


class SqliteHarness:
    """Two connections to one file."""

    def __init__(self, directory: Path) -> None:
        self.clock = ManualClock()
        self._data_dir = directory / "data"
        self._opened: list[SqliteJournal | SqliteCurator] = []

    async def open(self) -> Journal:
        journal = await open_journal(self._data_dir, self.clock)
        self._opened.append(journal)
        return journal

    async def open_curator(self) -> Curator:
        curator = await open_curator(self._data_dir, self.clock)
        self._opened.append(curator)
        return curator

    @contextmanager
    def cut_short(self, after: int) -> Generator[None]:
        change, changed = curation.reopen, 0

        def fail_in_time(db: sqlite3.Connection, *arguments: Any, **options: Any) -> curation.Curated:
            nonlocal changed
            changed += 1
            if changed > after:
                raise JournalUnavailableError("the disk is full")
            return change(db, *arguments, **options)

        with patch.object(curation, "reopen", fail_in_time):
            yield

    async def forget_content(self) -> None:
        [journal] = [each for each in self._opened if isinstance(each, SqliteJournal)]
        kept = Retention(ended=_LONG, dead=_LONG, content=-timedelta(milliseconds=1))
        for organization in await journal.organizations():
            await journal.forget(organization, kept, self.clock.now())

    async def close(self) -> None:
        while self._opened:
            await self._opened.pop().close()


SQLITE: Final = Driver(name="sqlite", harness=SqliteHarness)
