from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.system.world import World, world
from tests.unit.transport.bounds import bounded

__all__ = ["bounded"]


@pytest.fixture
async def shop_world(tmp_path: Path) -> AsyncIterator[World]:
    """One shop, its vendors and the service, for one test."""
    async with world(tmp_path, "shop") as running:
        yield running
