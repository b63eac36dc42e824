import pytest

from gladly_segment.ports.curator import Curator
from gladly_segment.ports.journal import Journal
from tests.conformance.curator.harness import Harness


@pytest.fixture
async def journal(harness: Harness) -> Journal:
    """The journal that a service works on."""
    return await harness.open()


@pytest.fixture
async def curator(harness: Harness, journal: Journal) -> Curator:
    """A person beside the service."""
    return await harness.open_curator()
