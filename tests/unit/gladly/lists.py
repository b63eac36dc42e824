"""Reading the lists of the past to their end, or to their failure."""

import asyncio
import tracemalloc
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final, TypeVar

import msgspec

from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.secret import Secret
from gladly_segment.gladly import GladlyAccount, GladlyRequests, Limiter, Rank
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.observer import Observer
from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.transport.session import open_session
from tests.support.clock import FlyingClock
from tests.unit.gladly.conftest import SHOP

LITTLE_BYTES: Final = 3_000_000
"""What reading a long list may hold: what is under way, and no more however long it is."""

T = TypeVar("T")

NewRequests = Callable[[str], GladlyRequests]


class Failed(msgspec.Struct):
    """What a list gave before it failed, and how."""

    given: list[object]
    error: CallFailedError


@asynccontextmanager
async def past_requests(
    clock: Clock, observer: Observer, *, total_s: float = 30.0, limiter: Limiter | None = None
) -> AsyncGenerator[NewRequests]:
    """Build requests of the past to any address, all in one session, of which each may take `total_s`."""
    session = open_session(total_s=total_s, connections=4)
    options = GladlyOptions()

    def build(url: str) -> GladlyRequests:
        account = GladlyAccount(SHOP, url, options.user, Secret(options.token))
        return GladlyRequests(account, session, limiter or Limiter(FlyingClock(), 1.0), clock, observer, rank=Rank.PAST)

    try:
        yield build
    finally:
        await session.close()


async def all_of(items: AsyncIterator[T]) -> list[T]:
    return [item async for item in items]


async def failing(items: AsyncIterator[object]) -> Failed:
    given: list[object] = []
    try:
        async for item in items:
            given.append(item)  # noqa: PERF401 - what was given before the failure counts
    except CallFailedError as error:
        return Failed(given, error)
    raise AssertionError("it did not fail")


@asynccontextmanager
async def long_answer(piece: bytes, times: int, *, head: bytes = b"") -> AsyncGenerator[str]:
    """Answer every request with a head and so often a piece, none of which is held here; give the address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            length = len(head) + times * len(piece)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (length, head))
            for _ in range(times):
                writer.write(piece)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        yield f"http://{host}:{port}"


async def most_held(reading: Awaitable[object]) -> int:
    """Give the most bytes of memory that are in use at once while this is read."""
    tracemalloc.start()
    try:
        await reading
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


async def drop_all(items: AsyncIterator[object]) -> int:
    """Read to the end and keep nothing; give how many there were."""
    count = 0
    async for _ in items:
        count += 1
    return count
