from collections.abc import AsyncIterator, Sequence

import aiohttp
import msgspec
import pytest

from gladly_segment.admin import Admin
from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.ids import ConversationId, OrganizationId
from gladly_segment.core.records import History
from gladly_segment.core.situation import AtGladly, Situation
from gladly_segment.debugger.conversation import ConversationHandlers, Trace
from gladly_segment.debugger.frame import STATIC, Frames
from gladly_segment.mapping.intake import conversation_lane
from tests.support.clock import START, ManualClock
from tests.support.desk import OPEN, OTHER_SHOP, SHOP, Desk, WatchedService
from tests.support.observer import RecordingObserver
from tests.unit.transport.bounds import bounded

__all__ = ["bounded"]


class JournalAndGladly:
    """The port of the conversation screen, with whatever a test makes of it."""

    def __init__(self) -> None:
        self.served = [SHOP]
        self.kept: list[History] = []
        self.found: list[Trace] = []
        self.situations = Situation(now=START)
        self.known_to_gladly = AtGladly(found=True, created_at=START)
        self.is_reachable = True
        self.asked: list[tuple[OrganizationId, ConversationId]] = []
        self.looked_for: list[str] = []

    def organizations(self) -> Sequence[OrganizationId]:
        return self.served

    async def receipts(self, organization: OrganizationId, conversation: ConversationId) -> Sequence[History]:
        place = (organization, conversation_lane(conversation))
        return [each for each in self.kept if (each.organization, each.lane) == place]

    async def traces(self, organization: OrganizationId | None, text: str) -> Sequence[Trace]:
        self.looked_for.append(text)
        return [each for each in self.found if organization in (None, each.organization)]

    async def situation(
        self, organization: OrganizationId, receipts: Sequence[History], at_gladly: AtGladly | None
    ) -> Situation:
        assert all(each.organization == organization for each in receipts)
        return msgspec.structs.replace(
            self.situations, organization=organization, known=organization in self.served, at_gladly=at_gladly
        )

    async def at_gladly(self, organization: OrganizationId, conversation: ConversationId) -> AtGladly:
        self.asked.append((organization, conversation))
        if not self.is_reachable:
            raise CallFailedError(Failure(FailureKind.UNREACHABLE, "no connection could be made"))
        return self.known_to_gladly


@pytest.fixture
def watched() -> JournalAndGladly:
    return JournalAndGladly()


@pytest.fixture
async def desk(watched: JournalAndGladly) -> AsyncIterator[Desk]:
    """The conversation screen behind a door that is open on loopback."""
    routes = ConversationHandlers(Frames(lambda: (SHOP, OTHER_SHOP)), watched).routes()
    admin = Admin(
        WatchedService(), OPEN, clock=ManualClock(START), observer=RecordingObserver(), routes=routes, static=STATIC
    )
    url = await admin.start("127.0.0.1", 0)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Desk(admin, url, http)
    await admin.stop()
