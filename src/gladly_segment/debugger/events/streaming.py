"""The stream of events to one reader: at most so many messages a second, and never more in hand than one portion."""

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec

from gladly_segment.admin.streams import Stream
from gladly_segment.core.errors import HistoryUnavailableError
from gladly_segment.debugger.events.following import Step, TooFarBehind, step
from gladly_segment.debugger.events.page import Changed, ChangedRows, Counted, EventRows, shown
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.history import History, Search

PACE_S: Final = 0.25
BREATHE_EVERY_S: Final = 15.0
COUNT_EVERY_S: Final = 2.0


class Streaming:
    """What goes to one reader, beginning behind the revision `after`.

    Messages: `events` (see `Changed`, or `ChangedRows` where `rows` makes them) under the revision that they lead to,
    `count` (see `Counted`), and `reset`, the last one, when the reader has to read the list anew.
    """

    def __init__(
        self,
        history: History,
        clock: Clock,
        search: Search,
        after: int,
        rows: Callable[[EventRows], str] | None,
    ) -> None:
        self._history = history
        self._clock = clock
        self._search = search
        self._after = after
        self._rows = rows
        self._counted: Counted | None = None
        self._counted_at = clock.monotonic() - COUNT_EVERY_S
        self._to_count = False

    async def fill(self, stream: Stream) -> None:
        """Send until the reader has to begin anew, or the history fails: the reader then comes again, and is told."""
        try:
            while await self._go_on(stream):
                await self._clock.sleep(PACE_S)
                await self._wait(stream)
        except HistoryUnavailableError:
            return

    async def _go_on(self, stream: Stream) -> bool:
        found = await step(self._history, self._search, self._after)
        if isinstance(found, TooFarBehind):
            await stream.send("reset", b"{}")
            return False
        self._after = found.until
        if found.events or found.gone:
            await stream.send("events", self._message(found), found.until)
            self._to_count = True
        if self._to_count and self._clock.monotonic() - self._counted_at >= COUNT_EVERY_S:
            await self._count(stream)
        return True

    async def _wait(self, stream: Stream) -> None:
        """Return when there may be something new."""
        while True:
            try:
                async with asyncio.timeout(COUNT_EVERY_S if self._to_count else BREATHE_EVERY_S):
                    await self._history.changed(self._after)
                    return
            except TimeoutError:
                await (self._count(stream) if self._to_count else stream.breathe())

    async def _count(self, stream: Stream) -> None:
        found = await self._history.search(self._search, 1)
        self._to_count, self._counted_at = False, self._clock.monotonic()
        counted = Counted(found.total, found.at_least)
        if counted != self._counted:
            self._counted = counted
            await stream.send("count", msgspec.json.encode(counted))

    def _message(self, found: Step) -> bytes:
        events = tuple(shown(each) for each in found.events)
        if self._rows is None:
            return msgspec.json.encode(Changed(events, found.gone))
        return msgspec.json.encode(ChangedRows(self._rows(EventRows(events)), found.gone))
