from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.history.projecting import Beside, opened


@pytest.fixture
async def beside(tmp_path: Path) -> AsyncIterator[Beside]:
    async with opened(tmp_path / "data") as beside:
        yield beside
