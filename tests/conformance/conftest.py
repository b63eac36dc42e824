"""Puts the cases of each port to each of its drivers: those that `drivers.py` beside them lists."""

import importlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Protocol

import pytest


class Harness(Protocol):
    """What every harness can; a suite's own says what else."""

    async def close(self) -> None: ...


class Driver(Protocol):
    """What every driver brings along."""

    @property
    def harness(self) -> Callable[[Path], Any]: ...


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "driver" in metafunc.fixturenames:
        drivers = importlib.import_module(f"tests.conformance.{metafunc.definition.path.parent.name}.drivers").DRIVERS
        metafunc.parametrize("driver", drivers.values(), ids=drivers.keys())


@pytest.fixture
async def harness(driver: Driver, tmp_path: Path) -> AsyncIterator[Harness]:
    harness = driver.harness(tmp_path)
    yield harness
    await harness.close()
