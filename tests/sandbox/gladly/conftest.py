import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

import aiohttp
import pytest
from aiohttp import web
from multidict import CIMultiDictProxy

from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.sandbox.gladly.server import GladlySandbox, start_gladly

UNLIMITED_PER_S = 100_000


class Answer(NamedTuple):
    status: int
    headers: CIMultiDictProxy[str]
    body: Any


class Shop:
    """A sandbox seen from outside: `get` and `call` as an API client, `play` as the author of a scenario."""

    def __init__(self, sandbox: GladlySandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.session = session
        self._headers = {"Authorization": aiohttp.encode_basic_auth(sandbox.options.user, sandbox.options.token)}

    async def get(self, path: str) -> Answer:
        return await self.call("GET", path)

    async def call(self, method: str, path: str, body: Any = None) -> Answer:
        return await self._send(method, "/api/v1" + path, body, self._headers)

    async def control(self, method: str, path: str, body: Any = None) -> Answer:
        return await self._send(method, "/control" + path, body, {})

    async def play(self, path: str, body: Any) -> Any:
        answer = await self.control("POST", path, body)
        assert answer.status in {200, 201}, answer
        return answer.body

    async def ledger(self) -> Any:
        return (await self.control("GET", "/ledger")).body

    async def idle(self) -> None:
        assert (await self.control("GET", "/idle?timeout_s=30")).body == {"idle": True}

    async def customer(self, **fields: Any) -> str:
        return (await self.play("/customers", fields))["id"]

    async def conversation(self, customer_id: str, **fields: Any) -> str:
        return (await self.play("/conversations", {"customerId": customer_id, **fields}))["id"]

    async def status(self, conversation_id: str, status: str) -> None:
        await self.play(f"/conversations/{conversation_id}/status", {"status": status})

    async def webhook(self, url: str, *events: str, **fields: Any) -> str:
        body = {"url": url, "events": events, "enabled": True, **fields}
        answer = await self.call("POST", "/webhooks", body)
        assert answer.status == 201, answer
        return answer.headers["Location"].removeprefix("/api/v1/webhooks/")

    async def events(self, event_type: str) -> list[Any]:
        return [event for event in (await self.ledger())["events"] if event["type"] == event_type]

    async def attempts(self) -> list[Any]:
        return [each for each in (await self.ledger())["deliveries"] if each["type"] != "PING"]

    async def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        url = self.sandbox.url + path
        async with self.session.request(method, url, json=body, headers=headers) as response:
            is_json = response.content_type == "application/json"
            return Answer(
                response.status,
                response.headers,
                await response.json() if is_json else await response.text(),
            )


class Receiver:
    """Anybody's webhook receiver. Events get the next of `statuses`, then `status`; PINGs get `ping_status`."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.statuses: list[int] = []
        self.ping_status = 200
        self.answers_left_out = 0
        self.answering = asyncio.Event()
        self.answering.set()
        self.posts: list[tuple[CIMultiDictProxy[str], Any]] = []
        self.most_in_flight = 0
        self._in_flight = 0
        self._arrival = asyncio.Condition()

    @property
    def types(self) -> list[str]:
        return [body["type"] for _, body in self.posts]

    @property
    def events(self) -> list[Any]:
        return [body for _, body in self.posts if body["type"] != "PING"]

    async def has_events(self, count: int) -> None:
        async with asyncio.timeout(30), self._arrival:
            await self._arrival.wait_for(lambda: len(self.events) >= count)

    async def receive(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.posts.append((request.headers, body))
        if body["type"] == "PING":
            return web.Response(status=self.ping_status)
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        async with self._arrival:
            self._arrival.notify_all()
        if self.answers_left_out > 0:
            self.answers_left_out -= 1
            await asyncio.Event().wait()
        await self.answering.wait()
        self._in_flight -= 1
        status = self.statuses.pop(0) if self.statuses else self.status
        return web.Response(status=status, headers={"Location": "/elsewhere"})


StartShop = Callable[[GladlyOptions], Awaitable[Shop]]


@pytest.fixture
async def start_shop() -> AsyncIterator[StartShop]:
    async with AsyncExitStack() as running:
        session = await running.enter_async_context(aiohttp.ClientSession())

        async def start(options: GladlyOptions) -> Shop:
            return Shop(await running.enter_async_context(await start_gladly(options)), session)

        yield start


@pytest.fixture
async def shop(start_shop: StartShop) -> Shop:
    return await start_shop(GladlyOptions(rate_limit_per_s=UNLIMITED_PER_S))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    application = web.Application()
    application.router.add_post("/{path:.*}", receiver.receive)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()
