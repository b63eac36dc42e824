from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from gladly_segment.transport.certificates import TlsFiles
from gladly_segment.transport.listener import Bounds
from tests.support.certificates import write_certificate
from tests.support.observer import RecordingObserver
from tests.unit.transport.bounds import bounded
from tests.unit.transport.place import OpenPlace, Place

__all__ = ["bounded"]


@pytest.fixture
def observer() -> RecordingObserver:
    return RecordingObserver()


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    return TlsFiles(*write_certificate(tmp_path / "tls", "first"))


@pytest.fixture
async def open_place(observer: RecordingObserver) -> AsyncIterator[OpenPlace]:
    """Opens listeners, and closes them with all connections that were made to them."""
    async with AsyncExitStack() as running:

        async def start(bounds: Bounds | None = None, tls: TlsFiles | None = None) -> Place:
            place = Place(observer, bounds or Bounds(), tls)
            await place.open()
            running.push_async_callback(place.listener.close)
            running.callback(place.leave)
            return place

        yield start


@pytest.fixture
async def place(open_place: OpenPlace) -> Place:
    return await open_place()
