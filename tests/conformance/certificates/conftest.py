"""Certificates as a service keeps them, and as a command does beside it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from gladly_segment.journals.sqlite import SqliteCertificates, SqliteJournal, open_certificates, open_journal
from gladly_segment.ports.certificates import Certificates
from tests.support.clock import ManualClock

Open = Callable[[], AbstractAsyncContextManager[SqliteCertificates]]


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    journal = await open_journal(tmp_path, ManualClock())
    yield journal
    await journal.close()


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    """Opens one more connection to the same certificates, as a command does beside the service."""
    return lambda: open_certificates(tmp_path)


@pytest.fixture(params=["beside", "in the service"])
async def certificates(
    request: pytest.FixtureRequest, journal: SqliteJournal, opened: Open
) -> AsyncIterator[Certificates]:
    async with opened() as beside:
        yield beside if request.param == "beside" else journal.certificates
