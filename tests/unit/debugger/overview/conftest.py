from collections.abc import AsyncIterator

import aiohttp
import pytest

from gladly_segment.admin import Admin
from gladly_segment.debugger.frame import STATIC, Frames
from gladly_segment.debugger.overview import OverviewHandlers
from tests.support.clock import START, ManualClock
from tests.support.desk import OF_TOKEN, Desk, WatchedService
from tests.support.history import HistoryOnAList
from tests.support.observer import RecordingObserver
from tests.support.overview import WatchedOverview
from tests.unit.transport.bounds import bounded

__all__ = ["bounded"]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def service() -> WatchedService:
    return WatchedService()


@pytest.fixture
def watched(service: WatchedService) -> WatchedOverview:
    return WatchedOverview(service)


@pytest.fixture
def history() -> HistoryOnAList:
    return HistoryOnAList()


@pytest.fixture
async def desk(
    service: WatchedService, watched: WatchedOverview, history: HistoryOnAList, clock: ManualClock
) -> AsyncIterator[Desk]:
    """The overview behind a door that asks for the token."""
    frames = Frames(lambda: [each.name for each in service.shown])
    routes = OverviewHandlers(frames, watched, history, clock).routes()
    admin = Admin(service, OF_TOKEN, clock=clock, observer=RecordingObserver(), routes=routes, static=STATIC)
    url = await admin.start("127.0.0.1", 0)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Desk(admin, url, http)
    await admin.stop()
