import pytest

from gladly_segment.ports.journal import Journal
from gladly_segment.ports.receipts import Changes, Receipts
from tests.conformance.changes.harness import Harness


@pytest.fixture
async def opened(harness: Harness) -> tuple[Journal, Changes, Receipts]:
    return await harness.open()


@pytest.fixture
def journal(opened: tuple[Journal, Changes, Receipts]) -> Journal:
    return opened[0]


@pytest.fixture
def changes(opened: tuple[Journal, Changes, Receipts]) -> Changes:
    return opened[1]


@pytest.fixture
def receipts(opened: tuple[Journal, Changes, Receipts]) -> Receipts:
    return opened[2]
