"""The past events port on Gladly's Events API (Gladly fact sheet, recovering what was missed)."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Final

from gladly_segment.core.moments import format_moment
from gladly_segment.gladly.lines import read_json_lines
from gladly_segment.gladly.requests import GladlyRequests

_ENTITIES: Final = ("CONVERSATION", "CUSTOMER", "CUSTOMER_PROFILE")
_IDLE_S: Final = 30.0
_LONGEST_LINE: Final = 1024 * 1024


class GladlyPastEvents:
    """One organization's past events, read as they come."""

    def __init__(self, requests: GladlyRequests) -> None:
        self._requests = requests

    async def read(self, start: datetime, end: datetime) -> AsyncGenerator[bytes]:
        """See the port."""
        query = [("startAt", format_moment(start)), ("endAt", format_moment(end))]
        query += [("entities", entity) for entity in _ENTITIES]
        async with (
            self._requests.read_on("events", query=query, idle_s=_IDLE_S) as response,
            aclosing(read_json_lines(response.content, longest=_LONGEST_LINE)) as lines,
        ):
            async for _, line in lines:
                yield line
