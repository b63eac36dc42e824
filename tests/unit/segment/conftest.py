from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import msgspec
import pytest

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.secret import Secret
from gladly_segment.sandbox.segment.options import SegmentOptions
from gladly_segment.sandbox.segment.server import SegmentSandbox, start_segment
from gladly_segment.segment import SegmentClient, SegmentSource
from gladly_segment.transport.session import open_session
from tests.support.clock import ManualClock
from tests.support.observer import RecordingObserver
from tests.unit.transport.bounds import bounded

__all__ = ["bounded"]

SHOP = OrganizationId("shop")


class Workspace:
    """A Segment sandbox: how it misbehaves, and what its books say."""

    def __init__(self, http: aiohttp.ClientSession, sandbox: SegmentSandbox) -> None:
        self.url = sandbox.url
        self._http = http

    async def misbehave(self, **rule: Any) -> None:
        """Let requests go wrong as the rule says."""
        async with self._http.post(f"{self.url}/control/faults", json={"rules": [rule]}) as answer:
            assert answer.status == 200, await answer.text()

    async def books(self) -> dict[str, list[dict[str, Any]]]:
        async with self._http.get(f"{self.url}/control/ledger") as answer:
            return await answer.json()

    async def has_stored(self, events: int) -> bool:
        """Wait until so many events are stored."""
        query = {"stored": events, "timeout_s": 20}
        async with self._http.get(f"{self.url}/control/await", params=query) as answer:
            return (await answer.json())["reached"]

    async def stored(self) -> list[str]:
        """The messageIds of all stored events, in order."""
        return [each["event"]["messageId"] for each in (await self.books())["stored"]]


StartWorkspace = Callable[[SegmentOptions], Awaitable[Workspace]]
NewClient = Callable[..., SegmentClient]


def track(number: int, **properties: Any) -> bytes:
    """Write a track event as mapping does."""
    return msgspec.json.encode(
        {
            "event": "Gladly Conversation Created",
            "messageId": f"m-{number}",
            "properties": properties,
            "timestamp": "2022-07-08T18:46:37.946Z",
            "type": "track",
            "userId": "u-1",
        }
    )


@pytest.fixture
async def start_workspace() -> AsyncIterator[StartWorkspace]:
    async with AsyncExitStack() as running:
        http = await running.enter_async_context(aiohttp.ClientSession())

        async def start(options: SegmentOptions) -> Workspace:
            return Workspace(http, await running.enter_async_context(await start_segment(options)))

        yield start


@pytest.fixture
async def workspace(start_workspace: StartWorkspace) -> Workspace:
    return await start_workspace(SegmentOptions())


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def observer() -> RecordingObserver:
    return RecordingObserver()


@pytest.fixture
async def new_client(clock: ManualClock, observer: RecordingObserver) -> AsyncIterator[NewClient]:
    """Builds clients of any host; requests are given up after `total_s`."""
    async with AsyncExitStack() as running:

        def build(
            host: str, *, write_key: str = SegmentOptions().write_keys[0], total_s: float = 30.0
        ) -> SegmentClient:
            session = open_session(total_s=total_s, connections=32)
            running.push_async_callback(session.close)
            return SegmentClient(SegmentSource(SHOP, host, Secret(write_key)), session, clock, observer)

        yield build


@pytest.fixture
async def client(workspace: Workspace, new_client: NewClient) -> SegmentClient:
    return new_client(workspace.url)
