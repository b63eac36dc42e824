"""Knows which conversations have arrived at the Segment simulator, by following its stored events."""

import asyncio
from collections import Counter

import aiohttp
import msgspec

POLL_S = 20


class _Properties(msgspec.Struct, frozen=True, rename="camel"):
    conversation_id: object = None


class _Event(msgspec.Struct, frozen=True):
    properties: _Properties = _Properties()


class _Entry(msgspec.Struct, frozen=True):
    event: _Event


class _Page(msgspec.Struct, frozen=True):
    events: list[_Entry]
    next: int


class Arrivals:
    """Follows the simulator at `url` while `follow` runs."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._base = f"{url}/control"
        self._counts: Counter[str] = Counter()
        self._grown = asyncio.Condition()

    async def follow(self) -> None:
        """Read on until cancelled."""
        after = 0
        while True:
            await self._get("await", stored=after + 1, timeout_s=POLL_S)
            page = msgspec.json.decode(await self._get("events", after=after), type=_Page)
            after = page.next
            async with self._grown:
                self._counts.update(str(entry.event.properties.conversation_id) for entry in page.events)
                self._grown.notify_all()

    async def wait_for(self, conversation_id: str, *, events: int, timeout_s: float) -> bool:
        """Wait until so many events of a conversation are stored; False when the time is over."""
        try:
            async with asyncio.timeout(timeout_s), self._grown:
                await self._grown.wait_for(lambda: self._counts[conversation_id] >= events)
        except TimeoutError:
            return False
        return True

    async def _get(self, path: str, **query: int) -> bytes:
        async with self._http.get(f"{self._base}/{path}", params=query) as answer:
            answer.raise_for_status()
            return await answer.read()
