from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any

import aiohttp
import pytest

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.moments import format_moment
from gladly_segment.core.secret import Secret
from gladly_segment.gladly import GladlyAccount, GladlyClient, GladlyRequests, Limiter
from gladly_segment.ports.clock import Clock
from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.sandbox.gladly.server import GladlySandbox, start_gladly
from gladly_segment.sandbox.shop.gladly_control import GladlyControl
from gladly_segment.transport.session import open_session
from tests.support.clock import FlyingClock
from tests.support.observer import RecordingObserver
from tests.unit.transport.bounds import bounded
from tests.unit.transport.servers import ScriptedServer, scripted_server

__all__ = ["bounded"]

UNLIMITED_PER_S = 100_000
SHOP = OrganizationId("shop")


class Shop(GladlyControl):
    """A Gladly sandbox: what is played there, how it misbehaves, and what it was asked."""

    def __init__(self, http: aiohttp.ClientSession, sandbox: GladlySandbox) -> None:
        super().__init__(http, sandbox.url)
        self.url = sandbox.url
        self.options = sandbox.options
        self._http = http

    async def misbehave(self, **rule: Any) -> None:
        """Let matching requests go wrong as the rule says; the one before is forgotten."""
        await self.misbehave_by([rule])

    async def misbehave_by(self, rules: list[dict[str, Any]]) -> None:
        async with self._http.post(f"{self.url}/control/faults", json={"rules": rules}) as answer:
            assert answer.status == 200, await answer.text()

    async def behave(self) -> None:
        async with self._http.delete(f"{self.url}/control/faults") as answer:
            assert answer.status == 204

    async def have_a_past(self, **order: Any) -> None:
        """Let much have happened a while ago."""
        await self._made("past", order)

    async def run_an_export(self, start: datetime, end: datetime) -> None:
        """Have an export of a span completed now."""
        await self._made("exports", {"startAt": format_moment(start), "endAt": format_moment(end)})

    async def ledger(self) -> Any:
        """All that happened there."""
        async with self._http.get(f"{self.url}/control/ledger") as answer:
            return await answer.json()

    async def asked(self) -> list[tuple[str, int | None]]:
        """The path below /api/v1 and the status of every request, oldest first."""
        requests = (await self.ledger())["requests"]
        return [(each["path"].removeprefix("/api/v1"), each["status"]) for each in requests]

    async def _made(self, what: str, order: dict[str, Any]) -> None:
        async with self._http.post(f"{self.url}/control/{what}", json=order) as answer:
            assert answer.status == 201, await answer.text()


StartShop = Callable[[GladlyOptions], Awaitable[Shop]]
NewClient = Callable[..., GladlyClient]


@pytest.fixture
async def start_shop() -> AsyncIterator[StartShop]:
    async with AsyncExitStack() as running:
        http = await running.enter_async_context(aiohttp.ClientSession())

        async def start(options: GladlyOptions) -> Shop:
            return Shop(http, await running.enter_async_context(await start_gladly(options)))

        yield start


@pytest.fixture
async def shop(start_shop: StartShop) -> Shop:
    return await start_shop(GladlyOptions(rate_limit_per_s=UNLIMITED_PER_S))


@pytest.fixture
async def host() -> AsyncIterator[ScriptedServer]:
    async with scripted_server() as running:
        yield running


@pytest.fixture
def observer() -> RecordingObserver:
    return RecordingObserver()


@pytest.fixture
async def new_client(observer: RecordingObserver) -> AsyncIterator[NewClient]:
    """Builds clients of any address; requests are given up after `total_s`."""
    async with AsyncExitStack() as running:

        def build(
            url: str,
            *,
            user: str = GladlyOptions().user,
            token: str = GladlyOptions().token,
            clock: Clock | None = None,
            share: float = 1.0,
            total_s: float = 30.0,
        ) -> GladlyClient:
            session = open_session(total_s=total_s, connections=32)
            running.push_async_callback(session.close)
            account = GladlyAccount(SHOP, url, user, Secret(token))
            clock = clock or FlyingClock()
            return GladlyClient(GladlyRequests(account, session, Limiter(clock, share), clock, observer))

        yield build


@pytest.fixture
async def client(shop: Shop, new_client: NewClient) -> GladlyClient:
    return new_client(shop.url)
