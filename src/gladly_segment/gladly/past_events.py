"""The past events port on Gladly's Events API (Gladly fact sheet, recovering what was missed)."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Final

import aiohttp
import msgspec

from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.moments import format_moment
from gladly_segment.gladly.errors import unwilling
from gladly_segment.gladly.requests import GladlyRequests
from gladly_segment.ports.clock import Clock
from gladly_segment.transport.failures import retry_after_s

_ENTITIES: Final = ("CONVERSATION", "CUSTOMER", "CUSTOMER_PROFILE")
_IDLE_S: Final = 30.0
_OK: Final = 200
_LONGEST_LINE: Final = 1024 * 1024


class GladlyPastEvents:
    """One organization's past events, read as they come."""

    def __init__(self, requests: GladlyRequests, clock: Clock) -> None:
        self._requests = requests
        self._clock = clock

    async def read(self, start: datetime, end: datetime) -> AsyncGenerator[bytes]:
        """See the port."""
        query = [("startAt", format_moment(start)), ("endAt", format_moment(end))]
        query += [("entities", entity) for entity in _ENTITIES]
        async with self._requests.read_on("events", query, idle_s=_IDLE_S) as response:
            if response.status != _OK:
                wait_s = retry_after_s(response.headers.get("Retry-After"), self._clock.now())
                raise CallFailedError(unwilling(response.status, wait_s))
            async with aclosing(_lines(response.content)) as lines:
                async for line in lines:
                    yield line


async def _lines(content: aiohttp.StreamReader) -> AsyncGenerator[bytes]:
    rest = b""
    async for chunk in content.iter_any():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.strip():
                yield line
        if len(rest) > _LONGEST_LINE:
            raise _malformed("a line of it does not end")
    if rest.strip():
        try:
            msgspec.json.decode(rest)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise _malformed("it was cut") from None
        yield rest


def _malformed(what: str) -> CallFailedError:
    return CallFailedError(Failure(FailureKind.MALFORMED, f"the answer cannot be used: {what}"))
