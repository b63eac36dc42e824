from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gladly_segment.ports.curator import Curator
from gladly_segment.ports.journal import Journal
from tests.conformance.curator.drivers import DRIVERS
from tests.conformance.curator.harness import Driver, Harness


@pytest.fixture(params=DRIVERS.values(), ids=lambda driver: driver.name)
def driver(request: pytest.FixtureRequest) -> Driver:
    return request.param


@pytest.fixture
async def harness(driver: Driver, tmp_path: Path) -> AsyncIterator[Harness]:
    harness = driver.harness(tmp_path)
    yield harness
    await harness.close()


@pytest.fixture
async def journal(harness: Harness) -> Journal:
    """The journal that a service works on."""
    return await harness.open()


@pytest.fixture
async def curator(harness: Harness, journal: Journal) -> Curator:
    """A person beside the service."""
    return await harness.open_curator()
