from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.clock import ManualClock
from tests.support.stages import Works, open_works


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def works(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Works]:
    async with open_works(tmp_path, clock) as works:
        yield works
