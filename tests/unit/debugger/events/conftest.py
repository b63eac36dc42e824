import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
import msgspec
import pytest

from gladly_segment.admin import Admin
from gladly_segment.debugger.events import EventsHandlers
from gladly_segment.debugger.frame import STATIC, Frames
from gladly_segment.service.clock import SystemClock
from tests.support.clock import START, FlyingClock
from tests.support.desk import OPEN, OTHER_SHOP, SHOP, Desk, WatchedService
from tests.support.history import HistoryOnAList
from tests.support.observer import RecordingObserver
from tests.unit.transport.bounds import bounded

__all__ = ["bounded"]


class Told(msgspec.Struct):
    """A message of a stream."""

    event: str
    number: int | None
    data: Any


class Reader:
    """Somebody who reads a stream of server-sent events."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer

    async def next(self, event: str | None = None) -> Told:
        """Wait for the next message, or the next one of a kind."""
        while True:
            fields: dict[str, str] = {}
            while (line := await self._line()) or not fields:
                name, _, value = line.partition(": ")
                if line:
                    fields[name] = value
            if "data" in fields and event in (None, fields["event"]):
                number = int(fields["id"]) if "id" in fields else None
                return Told(fields["event"], number, msgspec.json.decode(fields["data"]))

    async def breath(self) -> None:
        """Wait for a sign of life that is no message."""
        while not (await self._line()).startswith(":"):
            pass

    async def ended(self) -> None:
        """Wait for the end."""
        while await self.answer.content.readline():
            pass

    async def _line(self) -> str:
        async with asyncio.timeout(30):
            line = await self.answer.content.readline()
        if not line:
            raise EOFError
        return line.decode().removesuffix("\n")


class Streams:
    """Opens streams, and closes them in the end."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.http = aiohttp.ClientSession()

    @asynccontextmanager
    async def read(self, query: str = "", **headers: str) -> AsyncGenerator[Reader]:
        async with self.http.get(f"{self._desk.url}/events/stream{query}", headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            yield Reader(answer)


@pytest.fixture
def history() -> HistoryOnAList:
    return HistoryOnAList()


@pytest.fixture
def handlers(history: HistoryOnAList) -> EventsHandlers:
    return EventsHandlers(Frames(lambda: (SHOP, OTHER_SHOP)), history, FlyingClock(START + timedelta(minutes=1)))


@pytest.fixture
async def desk(handlers: EventsHandlers) -> AsyncIterator[Desk]:
    """The list of events behind a door that is open on loopback."""
    observer = RecordingObserver()
    clock, routes = SystemClock(), handlers.routes()
    admin = Admin(WatchedService(), OPEN, clock=clock, observer=observer, routes=routes, static=STATIC)
    url = await admin.start("127.0.0.1", 0)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Desk(admin, url, http)
    await admin.stop()


@pytest.fixture
async def streams(desk: Desk) -> AsyncIterator[Streams]:
    opening = Streams(desk)
    yield opening
    await opening.http.close()
