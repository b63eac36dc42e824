from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import aiohttp
import pytest

from gladly_segment.admin import AccessRules, Admin
from gladly_segment.debugger.completeness import CompletenessHandlers
from gladly_segment.debugger.frame import STATIC, Frames
from tests.support.clock import START, ManualClock
from tests.support.completeness import WatchedCompleteness
from tests.support.desk import OPEN, Desk, WatchedService
from tests.support.observer import RecordingObserver
from tests.unit.transport.bounds import bounded

__all__ = ["bounded"]

Behind = Callable[[AccessRules], Awaitable[Desk]]


@pytest.fixture
def watched() -> WatchedCompleteness:
    return WatchedCompleteness()


@pytest.fixture
async def behind(watched: WatchedCompleteness) -> AsyncIterator[Behind]:
    """The screen behind a door with some rules."""
    async with AsyncExitStack() as running:
        jar = aiohttp.DummyCookieJar()
        http = await running.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))

        async def start(rules: AccessRules) -> Desk:
            clock = ManualClock(START)
            routes = CompletenessHandlers(Frames(lambda: watched.served), watched, clock).routes()
            observer = RecordingObserver()
            admin = Admin(WatchedService(), rules, clock=clock, observer=observer, routes=routes, static=STATIC)
            running.push_async_callback(admin.stop)
            return Desk(admin, await admin.start("127.0.0.1", 0), http)

        yield start


@pytest.fixture
async def desk(behind: Behind) -> Desk:
    """One that is open on loopback."""
    return await behind(OPEN)
