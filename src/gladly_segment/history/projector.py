"""Takes over what changed in the journal, portion by portion."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from gladly_segment.core.ids import Seq
from gladly_segment.core.moments import to_ms
from gladly_segment.history.file import drop
from gladly_segment.history.store import Standpoint, Store
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.receipts import Changes, Missed

T = TypeVar("T")

PORTION: Final = 100
"""Changes, and receipts, that are taken over at once: a few milliseconds of work."""


class Projector:
    """Keeps a history up to date."""

    def __init__(self, data_dir: Path, changes: Changes, clock: Clock) -> None:
        """Nothing is opened before it is needed."""
        self._data_dir = data_dir
        self._changes = changes
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="history-writer")
        self._store: Store | None = None

    async def step(self, seen: Standpoint | None = None) -> tuple[Standpoint, bool]:
        """Take over a portion of what changed, and of what is read again; tell how far it is, and if that was all.

        `seen` is what the step before told. Raises HistoryUnavailableError or JournalUnavailableError.
        """
        if seen is None:
            seen = await self.do(Store.standpoint)
        found = Missed() if seen.cursor is None else await self._changes.after(seen.cursor, PORTION)
        if isinstance(found, Missed):
            head, last = await self._changes.head(), await self._changes.last()
            return await self.do(lambda store: store.begin_again(seen, head, last)), False
        now = seen if found.until == seen.cursor else await self.do(lambda store: store.follow(seen, found))
        all_followed = len(found.receipts) + len(found.gone) == 0
        if now.walk_until is None:
            return now, all_followed
        return await self._walk(now), False

    async def _walk(self, seen: Standpoint) -> Standpoint:
        receipts = await self._changes.walk(seen.walked, PORTION)
        end = receipts[-1].seq if len(receipts) == PORTION else max(seen.walk_until or Seq(0), seen.walked)
        return await self.do(lambda store: store.walk(seen, receipts, end))

    async def do(self, work: Callable[[Store], T]) -> T:
        """Do something with the store, on its thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._do, work)

    async def drop(self) -> None:
        """Remove the history; the next step makes a new one."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._drop)

    async def close(self) -> None:
        """Give the file up."""
        await asyncio.to_thread(self._thread.shutdown)
        await asyncio.to_thread(self._close)

    def _do(self, work: Callable[[Store], T]) -> T:
        if self._store is not None and not self._store.is_there():
            self._close()
        if self._store is None:
            # Above all revisions of the histories before: there were fewer changes than milliseconds.
            self._store = Store(self._data_dir, to_ms(self._clock.now()))
        return work(self._store)

    def _drop(self) -> None:
        self._close()
        drop(self._data_dir)

    def _close(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            store.close()


async def catch_up(projector: Projector, until: int) -> None:
    """Take over everything up to a change, without a rest. Raises what a step raises."""
    now, is_all = await projector.step()
    while not is_all and (now.walk_until is not None or now.cursor is None or now.cursor < until):
        now, is_all = await projector.step(now)


async def rebuild(projector: Projector, tell: Callable[[int, int], None]) -> int:
    """Make everything anew, without a rest; give the number of events. A running service lends a hand.

    `tell` hears how much of how much of the journal's log is done. Raises what a step raises.
    """
    await projector.do(Store.empty)
    now, is_all = await projector.step()
    while not is_all:
        if now.walk_until is not None:
            tell(now.walked, now.walk_until)
        now, is_all = await projector.step(now)
    return await projector.do(Store.events)
