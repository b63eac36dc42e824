from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gladly_segment.journals.sqlite import open_journal
from gladly_segment.spool import SqliteBackfills
from tests.support.clock import FlyingClock
from tests.unit.recover.backfill.bringing import Bringing


@pytest.fixture
async def bringing(tmp_path: Path) -> AsyncIterator[Bringing]:
    clock = FlyingClock()
    journal, spool = await open_journal(tmp_path, clock), SqliteBackfills(tmp_path, clock)
    yield Bringing(journal, spool, clock)
    await spool.close()
    await journal.close()
