from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gladly_segment.core.lifecycle import Stage
from gladly_segment.deliver import DeliverWorker
from tests.support.clock import ManualClock
from tests.support.destination import ScriptedDestination
from tests.support.stages import Works, open_works
from tests.unit.deliver.steps import LINGER_S


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def works(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Works]:
    async with open_works(tmp_path, clock) as works:
        yield works


@pytest.fixture
def destination() -> ScriptedDestination:
    return ScriptedDestination()


@pytest.fixture
def worker(works: Works, destination: ScriptedDestination) -> DeliverWorker:
    return DeliverWorker(works.desk(Stage.DELIVER), destination, linger_s=LINGER_S)
