"""Reads along what the Gladly sandbox was asked for; it keeps only the newest requests."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
import msgspec

from tests.system.past.traffic import Request

_EVERY_S = 1.0


class _Page(msgspec.Struct):
    requests: list[Request]
    next: int


class Follower:
    """`requests` are all since it began, in order."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = f"{url}/control/requests"
        self._next = 0
        self.requests: list[Request] = []

    @asynccontextmanager
    async def following(self) -> AsyncGenerator[None]:
        """Follow while the block lasts, and to its end."""
        task = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])
        if not task.cancelled():
            task.result()
        await self.read()

    async def read(self) -> None:
        """Read what is new. Raises RuntimeError when some of it is no longer kept."""
        async with self._http.get(self._url, params={"after": str(self._next)}) as answer:
            answer.raise_for_status()
            page = msgspec.json.decode(await answer.read(), type=_Page)
        if page.next - self._next != len(page.requests):
            raise RuntimeError("the sandbox no longer keeps some of the requests")
        self.requests += page.requests
        self._next = page.next

    async def _follow(self) -> None:
        while True:
            await self.read()
            await asyncio.sleep(_EVERY_S)
