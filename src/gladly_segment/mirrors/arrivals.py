"""The arrivals port on SQLite: one thread, and one sync for all that came while the last one was under way."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from gladly_segment.core.ids import MessageId, OrganizationId
from gladly_segment.core.moments import to_ms
from gladly_segment.mirrors.file import FILE_NAME, open_for_writing, trouble
from gladly_segment.ports.clock import Clock

T = TypeVar("T")

_FORGOTTEN_AT_ONCE: Final = 5_000

_Row: TypeAlias = tuple[OrganizationId, MessageId, int]


class SqliteArrivals:
    """What arrived, as the service keeps it. The file is opened when the first one comes."""

    def __init__(self, data_dir: Path, clock: Clock) -> None:
        self._data_dir = data_dir
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="mirror")
        self._db: sqlite3.Connection | None = None
        self._waiting: list[_Row] = []
        self._next: asyncio.Task[None] | None = None
        self._committing = asyncio.Lock()

    async def note(self, organization: OrganizationId, messages: Sequence[MessageId]) -> None:
        """See the port."""
        now_ms = to_ms(self._clock.now())
        self._waiting += ((organization, message, now_ms) for message in messages)
        if self._next is None:
            self._next = asyncio.create_task(self._commit_next())
        # Whoever gives up waiting does not take the others' commit with him.
        await asyncio.shield(self._next)

    async def organizations(self) -> Sequence[OrganizationId]:
        """See the port."""
        if not (self._data_dir / FILE_NAME).exists():
            return ()
        return await self._run(_organizations)

    async def forget(self, organization: OrganizationId, before: datetime) -> int:
        """See the port."""
        return await self._run(partial(_forget, organization=organization, before_ms=to_ms(before)))

    async def close(self) -> None:
        """Finish what is under way, and give the file up."""
        async with self._committing:
            pass
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    async def _commit_next(self) -> None:
        """Commit what has come by the time that the commit before it is over."""
        async with self._committing:
            rows, self._waiting, self._next = self._waiting, [], None
            await self._run(partial(_note, rows=rows))

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._done, work)

    def _done(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._db is None:
            self._db = open_for_writing(self._data_dir)
        try:
            self._db.execute("BEGIN IMMEDIATE")
            result = work(self._db)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._close()
            raise trouble(error, self._data_dir / FILE_NAME) from error
        return result

    def _close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


def _note(db: sqlite3.Connection, rows: Sequence[_Row]) -> None:
    db.executemany(
        "INSERT INTO arrived (organization, message_id, times, first_ms) VALUES (?, ?, 1, ?)"
        " ON CONFLICT (organization, message_id) DO UPDATE SET times = times + 1",
        rows,
    )


def _organizations(db: sqlite3.Connection) -> Sequence[OrganizationId]:
    rows = db.execute("SELECT DISTINCT organization FROM arrived ORDER BY organization").fetchall()
    return [OrganizationId(name) for (name,) in rows]


def _forget(db: sqlite3.Connection, organization: OrganizationId, before_ms: int) -> int:
    forgotten = db.execute(
        "DELETE FROM arrived WHERE (organization, message_id) IN (SELECT organization, message_id FROM arrived"
        " WHERE organization = ? AND first_ms < ? LIMIT ?)",
        (organization, before_ms, _FORGOTTEN_AT_ONCE),
    )
    return forgotten.rowcount
