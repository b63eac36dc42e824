from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from gladly_segment.admin import AccessRules, Admin
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import ParkCause, Stage
from gladly_segment.core.records import Parked
from gladly_segment.debugger.dead import DeadHandlers
from gladly_segment.debugger.frame import STATIC, Frames
from gladly_segment.journals.sqlite import SqliteJournal, open_curator, open_journal
from gladly_segment.service.screens.dead import DeadRoom
from tests.support.clock import START, ManualClock
from tests.support.desk import OPEN, OTHER_SHOP, SHOP, Desk, WatchedService
from tests.support.observer import RecordingObserver
from tests.support.receipts import receipt
from tests.unit.transport.bounds import bounded

__all__ = ["bounded"]

Behind = Callable[[AccessRules], Awaitable[Desk]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
async def journal(tmp_path: Path, clock: ManualClock) -> AsyncIterator[SqliteJournal]:
    """The journal that the service works on."""
    journal = await open_journal(tmp_path / "data", clock)
    yield journal
    await journal.close()


@pytest.fixture
async def behind(journal: SqliteJournal, tmp_path: Path, clock: ManualClock) -> AsyncIterator[Behind]:
    """The screen of the real dead letters, behind a door with some rules."""
    async with AsyncExitStack() as running:
        curator = await open_curator(tmp_path / "data", clock)
        running.push_async_callback(curator.close)
        jar = aiohttp.DummyCookieJar()
        http = await running.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))

        async def start(rules: AccessRules) -> Desk:
            room = DeadRoom(curator, journal.registry, clock)
            routes = DeadHandlers(Frames(lambda: (SHOP, OTHER_SHOP)), room, clock).routes()
            observer = RecordingObserver()
            admin = Admin(WatchedService(), rules, clock=clock, observer=observer, routes=routes, static=STATIC)
            running.push_async_callback(admin.stop)
            return Desk(admin, await admin.start("127.0.0.1", 0), http)

        yield start


@pytest.fixture
async def desk(behind: Behind) -> Desk:
    """One that is open on loopback."""
    return await behind(OPEN)


async def park(
    journal: SqliteJournal,
    *keys: str,
    cause: ParkCause = ParkCause.REQUEST_REFUSED,
    detail: str = "HTTP 400",
    organization: OrganizationId = SHOP,
) -> None:
    """Let receipts of these keys become dead letters, in this order."""
    for key in keys:
        await journal.append(receipt(key, organization=organization))
    await die(journal, cause=cause, detail=detail, organization=organization)


async def die(
    journal: SqliteJournal,
    *,
    cause: ParkCause = ParkCause.REQUEST_REFUSED,
    detail: str = "HTTP 400",
    organization: OrganizationId = SHOP,
) -> None:
    """Let all that waits become dead letters."""
    entries = await journal.claim(Stage.ENRICH, organization, 1_000)
    await journal.settle([Parked(each.seq, cause, detail) for each in entries])
