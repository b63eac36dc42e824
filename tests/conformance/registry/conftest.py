from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from gladly_segment.journals.sqlite import SqliteRegistry, open_journal, open_registry
from tests.support.clock import ManualClock

Open = Callable[[], AbstractAsyncContextManager[SqliteRegistry]]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    """Opens one more connection to the same registry, as a command does beside the service."""
    return lambda: open_registry(tmp_path)


@pytest.fixture(params=["beside", "in the service"])
async def registry(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqliteRegistry]:
    if request.param == "beside":
        async with open_registry(tmp_path) as registry:
            yield registry
        return
    journal = await open_journal(tmp_path, ManualClock())
    yield journal.registry
    await journal.close()
