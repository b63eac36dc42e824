from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import pytest

from gladly_segment.admin import AccessRules, Admin
from gladly_segment.debugger.frame import Frames
from gladly_segment.debugger.overview import OverviewHandlers
from tests.support.clock import START, ManualClock
from tests.support.desk import (
    BEARER,
    FROM_PAGE,
    LOOPBACK,
    OF_PROXY,
    OF_TOKEN,
    OPEN,
    OTHER_SHOP,
    SHOP,
    TOKEN,
    USER_HEADER,
    Answer,
    Desk,
    Open,
    WatchedService,
)
from tests.support.history import HistoryOnAList
from tests.support.observer import RecordingObserver
from tests.support.overview import WatchedOverview
from tests.unit.transport.bounds import bounded

__all__ = [
    "BEARER",
    "FROM_PAGE",
    "LOOPBACK",
    "OF_PROXY",
    "OF_TOKEN",
    "OPEN",
    "OTHER_SHOP",
    "SHOP",
    "TOKEN",
    "USER_HEADER",
    "Answer",
    "Desk",
    "Open",
    "WatchedService",
    "bounded",
]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def observer() -> RecordingObserver:
    return RecordingObserver()


@pytest.fixture
def service() -> WatchedService:
    return WatchedService()


@pytest.fixture
async def open_desk(service: WatchedService, clock: ManualClock, observer: RecordingObserver) -> AsyncIterator[Open]:
    """Opens listeners with some rules; behind their doors is the overview."""
    frames = Frames(lambda: [each.name for each in service.shown])
    routes = OverviewHandlers(frames, WatchedOverview(service), HistoryOnAList(), clock).routes()
    async with AsyncExitStack() as running:
        jar = aiohttp.DummyCookieJar()
        http = await running.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))

        async def start(rules: AccessRules) -> Desk:
            admin = Admin(service, rules, clock=clock, observer=observer, routes=routes)
            running.push_async_callback(admin.stop)
            return Desk(admin, await admin.start("127.0.0.1", 0), http)

        yield start


@pytest.fixture
async def desk(open_desk: Open) -> Desk:
    """One that asks for the token."""
    return await open_desk(OF_TOKEN)
