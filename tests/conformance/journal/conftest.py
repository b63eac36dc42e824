import pytest

from gladly_segment.ports.journal import Journal
from tests.conformance.journal.harness import Driver, Harness


@pytest.fixture
async def journal(harness: Harness) -> Journal:
    return await harness.open()


@pytest.fixture
def storage_can_fail(driver: Driver) -> None:
    if not driver.traits.storage_can_fail:
        pytest.skip("the harness cannot make this driver's storage fail")


@pytest.fixture
def opens_in_other_processes(driver: Driver) -> None:
    if not driver.traits.opens_in_other_processes:
        pytest.skip("only the process that made this driver's journal can open it")
