from collections.abc import AsyncIterator

import aiohttp
import pytest

from gladly_segment.admin import Admin
from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.records import History, MadeReady, Settlement
from gladly_segment.core.situation import Situation
from gladly_segment.core.why import Answer, why
from gladly_segment.debugger.event import EventHandlers
from gladly_segment.debugger.frame import STATIC, Frames
from tests.support.clock import START, ManualClock
from tests.support.desk import OPEN, OTHER_SHOP, SHOP, Desk, WatchedService
from tests.support.histories import sent, track_event
from tests.support.observer import RecordingObserver
from tests.unit.transport.bounds import bounded

__all__ = ["bounded"]


class JournalAndGladly:
    """The port of the event screen, with whatever a test makes of it."""

    def __init__(self) -> None:
        self.receipts: dict[int, History] = {1: sent()}
        self.served = {SHOP}
        self.now: Settlement = MadeReady(Seq(1), track_event(), sent().message_id)
        self.is_reachable = True
        self.read_for: list[Seq] = []

    async def receipt(self, seq: Seq) -> History | None:
        assert seq.bit_length() < 64, "no journal has such a number"
        return self.receipts.get(seq)

    async def answer(self, receipt: History) -> Answer:
        return why(receipt, [receipt], Situation(now=START, organization=receipt.organization))

    def segment_host(self, organization: OrganizationId) -> str | None:
        return "https://events.eu1.segmentapis.com" if organization in self.served else None

    async def as_of_now(self, receipt: History) -> Settlement:
        self.read_for.append(receipt.seq)
        if not self.is_reachable:
            raise CallFailedError(Failure(FailureKind.UNREACHABLE, "no connection could be made"))
        return self.now


@pytest.fixture
def watched() -> JournalAndGladly:
    return JournalAndGladly()


@pytest.fixture
async def desk(watched: JournalAndGladly) -> AsyncIterator[Desk]:
    """The event screen behind a door that is open on loopback."""
    clock = ManualClock(START)
    routes = EventHandlers(Frames(lambda: (SHOP, OTHER_SHOP)), watched, clock).routes()
    admin = Admin(WatchedService(), OPEN, clock=clock, observer=RecordingObserver(), routes=routes, static=STATIC)
    url = await admin.start("127.0.0.1", 0)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Desk(admin, url, http)
    await admin.stop()
