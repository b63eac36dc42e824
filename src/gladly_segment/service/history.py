"""The history of a service: followed while it runs, read by its pages, and by commands beside it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from gladly_segment.core.ids import CustomerId
from gladly_segment.history import Bell, Follower, JournalBell, Projector, SqliteHistory, clean, files_of, rebuild
from gladly_segment.journals.sqlite import open_changes, restore
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.history import Event, History, Search
from gladly_segment.ports.observer import Observer
from gladly_segment.ports.receipts import Changes
from gladly_segment.service.clock import SystemClock
from gladly_segment.service.dismissal import dismiss
from gladly_segment.spool import files_of_backfills


@asynccontextmanager
async def followed(
    data_dir: Path, changes: Changes, journal: JournalBell, clock: Clock, observer: Observer
) -> AsyncGenerator[History]:
    """Keep the history up to date while the block lasts; `journal` is told what observers are told.

    Whatever is wrong with its file, the service runs without it.
    """
    bell, projector = Bell(), Projector(data_dir, changes, clock)
    follower = Follower(projector, changes, journal, bell, observer)
    history = SqliteHistory(data_dir, changes.head, bell, on_damaged=follower.note_damage)
    following = asyncio.create_task(follower.run())
    try:
        yield history
    finally:
        await dismiss([following])
        await projector.close()
        await history.close()


@asynccontextmanager
async def reading_history(data_dir: Path) -> AsyncGenerator[History]:
    """Open the history of a data directory for reading, beside a running service or without one.

    Raises InputError where there is no journal. Where there is no history, its methods raise HistoryUnavailableError.
    """
    async with open_changes(data_dir) as changes:
        history = SqliteHistory(data_dir, changes.head, Bell())
        try:
            yield history
        finally:
            await history.close()


async def pages(history: History, search: Search, size: int) -> AsyncGenerator[Sequence[Event]]:
    """Give all events that match, newest first, `size` at a time. Raises HistoryUnavailableError."""
    before = None
    while True:
        found = await history.search(search, size, before=before)
        yield found.events
        if not found.more:
            return
        before = found.events[-1].seq


async def rebuild_history(data_dir: Path, tell: Callable[[int, int], None]) -> int:
    """Make the history anew of the journal, beside a running service or without one; give the number of its events.

    `tell` hears how much of how much is done. Raises InputError where there is no journal, HistoryUnavailableError or
    JournalUnavailableError.
    """
    async with open_changes(data_dir) as changes, _projecting(data_dir, changes) as projector:
        return await rebuild(projector, tell)


async def clean_history(data_dir: Path, customers: Sequence[CustomerId]) -> int | None:
    """Let the history follow an erasure, and write its files anew; give where the customers are named nonetheless.

    None when it could not be done: somebody reads it, or it cannot be written. Raises JournalUnavailableError.
    """
    async with open_changes(data_dir) as changes, _projecting(data_dir, changes) as projector:
        return await clean(data_dir, projector, changes, customers)


def restore_journal(file: Path, data_dir: Path, *, force: bool) -> Path | None:
    """Put a backup in the place of the journal; what was made of the former one is removed. See `restore`."""
    # How far backfills are is true of the former journal only: ordered again, they send nothing that this one has.
    return restore(file, data_dir, force=force, made_of_it=(*files_of(data_dir), *files_of_backfills(data_dir)))


@asynccontextmanager
async def _projecting(data_dir: Path, changes: Changes) -> AsyncGenerator[Projector]:
    projector = Projector(data_dir, changes, SystemClock())
    try:
        yield projector
    finally:
        await projector.close()
