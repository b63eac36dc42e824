from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.privacy import PrivacyPolicy
from gladly_segment.enrich import EnrichWorker
from tests.support.clock import ManualClock
from tests.support.entities import ShopEntities
from tests.support.stages import Works, open_works


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def works(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Works]:
    async with open_works(tmp_path, clock) as works:
        yield works


@pytest.fixture
def entities() -> ShopEntities:
    return ShopEntities()


@pytest.fixture
def worker(works: Works, entities: ShopEntities) -> EnrichWorker:
    return EnrichWorker(works.desk(Stage.ENRICH), entities, PrivacyPolicy())
