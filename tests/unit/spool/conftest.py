from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gladly_segment.spool import SqliteBackfills
from tests.support.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def backfills(tmp_path: Path, clock: ManualClock) -> AsyncIterator[SqliteBackfills]:
    opened = SqliteBackfills(tmp_path, clock)
    yield opened
    await opened.close()
