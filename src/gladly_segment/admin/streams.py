"""Server-sent events: a stream that ends with its reader, or with the listener."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from aiohttp import web

from gladly_segment.admin.headers import SECURITY_HEADERS
from gladly_segment.transport.connection import until_over
from gladly_segment.transport.endpoints import EVENT_STREAM

RETRY_MS: Final = 1_000
"""After how long a browser comes again when the stream was cut."""

STALLED_AFTER_S: Final = 30.0
"""Who takes nothing for so long is read to no more."""

_MOST_DIGITS: Final = 18
_HEADERS: Final = {**SECURITY_HEADERS, "Content-Type": EVENT_STREAM, "X-Accel-Buffering": "no"}

_log: Final = logging.getLogger(__name__)


class Stream:
    """An open stream. Every method waits while the reader is slow, and raises ConnectionError when it is gone."""

    def __init__(self, request: web.BaseRequest, response: web.StreamResponse) -> None:
        self._request = request
        self._response = response

    async def send(self, event: str, data: bytes, number: int | None = None) -> None:
        """Send an event; `data` is JSON on one line, `number` comes back as `Last-Event-ID`."""
        head = f"event: {event}\n" if number is None else f"event: {event}\nid: {number}\n"
        await self._write(head.encode() + b"data: " + data + b"\n\n")

    async def breathe(self) -> None:
        """Send something that is no event, so that everybody in between sees a living stream."""
        await self._write(b": \n\n")

    async def begin(self) -> None:
        """Send the head."""
        await self._response.prepare(self._request)
        await self._write(f"retry: {RETRY_MS}\n\n".encode())

    async def _write(self, data: bytes) -> None:
        try:
            async with asyncio.timeout(STALLED_AFTER_S):
                await self._response.write(data)
        except TimeoutError:
            if self._request.transport is not None:
                self._request.transport.abort()
            raise ConnectionAbortedError("the reader takes nothing") from None


Fill: TypeAlias = Callable[[Stream], Awaitable[None]]


async def stream_to(request: web.BaseRequest, fill: Fill) -> web.StreamResponse:
    """Answer with what `fill` sends, until it returns, or the reader has left, or the listener is about to close."""
    response = web.StreamResponse(headers=_HEADERS)
    if request.method == "HEAD":
        return response
    filling = asyncio.create_task(_fill(Stream(request, response), fill))
    over = asyncio.create_task(until_over(request))
    try:
        await asyncio.wait((filling, over), return_when=asyncio.FIRST_COMPLETED)
    finally:
        filling.cancel()
        over.cancel()
        await asyncio.gather(filling, over, return_exceptions=True)
    return response


def last_number(request: web.BaseRequest) -> int | None:
    """Give the number of the last event that the reader has seen, where it tells one."""
    told = request.headers.get("Last-Event-ID", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) <= _MOST_DIGITS else None


async def _fill(stream: Stream, fill: Fill) -> None:
    try:
        await stream.begin()
        await fill(stream)
    except ConnectionError:
        pass
    except Exception:  # noqa: BLE001 - the answer has begun, nothing else can be said there
        _log.exception("unexpected")
