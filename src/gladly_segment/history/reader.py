"""The history port on SQLite: connections that cannot write, on threads of their own."""

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from gladly_segment.core.errors import HistoryDamagedError, HistoryUnavailableError, JournalUnavailableError
from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.history import finding, rollups
from gladly_segment.history.bell import Bell
from gladly_segment.history.file import (
    FILE_NAME,
    identity_of,
    open_for_reading,
    size_bytes,
    trouble,
)
from gladly_segment.ports.history import Count, Event, Flow, Found, Progress, Search

T = TypeVar("T")

_THREADS: Final = 2
"""One that is busy with a long search does not hold up who follows what is new."""
_LOOK_EVERY_S: Final = 0.5
"""Another process may write; it cannot ring the bell."""


def _nothing() -> None:
    """What happens where nobody can mend it."""


class SqliteHistory:
    """The history port on the file of a data directory, whoever writes it. It may come and go meanwhile."""

    def __init__(
        self,
        data_dir: Path,
        head: Callable[[], Awaitable[int]],
        bell: Bell,
        on_damaged: Callable[[], None] = _nothing,
    ) -> None:
        """`head` gives the number of the journal's latest change; `bell` rings when the history has changed.

        `on_damaged` is called, from any thread, when the file is found damaged.
        """
        self._data_dir = data_dir
        self._head = head
        self._bell = bell
        self._on_damaged = on_damaged
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="history-reader")
        self._own = threading.local()
        self._opened: set[sqlite3.Connection] = set()

    async def search(self, search: Search, limit: int, *, before: Seq | None = None) -> Found:
        """See the port."""
        return await self._read(partial(finding.find, search=search, limit=limit, before=before))

    async def head(self) -> int:
        """See the port."""
        return await self._read(_revision)

    async def since(self, revision: int, search: Search, limit: int) -> Sequence[Event]:
        """See the port."""
        return await self._read(partial(finding.since, revision=revision, search=search, limit=limit))

    async def changed(self, revision: int) -> None:
        """See the port."""
        while await self.head() <= revision:
            await self._bell.wait(_LOOK_EVERY_S)

    async def flow(
        self, organization: OrganizationId | None, since: datetime, until: datetime, step_s: int
    ) -> Sequence[Flow]:
        """See the port."""
        return await self._read(
            partial(rollups.flow, organization=organization, since=since, until=until, step_s=step_s)
        )

    async def counts(self, organization: OrganizationId | None, since: datetime, until: datetime) -> Sequence[Count]:
        """See the port."""
        return await self._read(partial(rollups.counts, organization=organization, since=since, until=until))

    async def progress(self) -> Progress:
        """See the port."""
        try:
            head = await self._head()
        except JournalUnavailableError as error:
            raise HistoryUnavailableError(error.message, hint=error.hint) from error
        return await self._read(partial(_progress, head=head, data_dir=self._data_dir))

    async def close(self) -> None:
        """Give the file up."""
        await asyncio.to_thread(self._threads.shutdown)
        while self._opened:
            self._opened.pop().close()

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._answer, work)

    def _answer(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return self._tried(work)
        except sqlite3.Error as error:
            self._forget()
            found = trouble(error, "the history cannot be read")
            if isinstance(found, HistoryDamagedError):
                self._on_damaged()
            raise found from error
        except HistoryDamagedError:
            self._on_damaged()
            raise

    def _tried(self, work: Callable[[sqlite3.Connection], T]) -> T:
        db = self._connection()
        db.execute("BEGIN")
        try:
            return work(db)
        finally:
            # Whoever empties the log waits for this.
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")

    def _connection(self) -> sqlite3.Connection:
        """Give this thread's connection; where the file is another one by now, a new one."""
        file = identity_of(self._data_dir / FILE_NAME)
        if getattr(self._own, "file", None) != file or file is None:
            self._forget()
            self._own.connection = open_for_reading(self._data_dir)
            self._opened.add(self._own.connection)
            # Between these two moments it could have been replaced.
            self._own.file = file if identity_of(self._data_dir / FILE_NAME) == file else None
        return self._own.connection

    def _forget(self) -> None:
        connection: sqlite3.Connection | None = getattr(self._own, "connection", None)
        self._own.connection = self._own.file = None
        if connection is not None:
            self._opened.discard(connection)
            with suppress(sqlite3.Error):
                connection.close()


def _revision(db: sqlite3.Connection) -> int:
    (revision,) = db.execute("SELECT revision FROM progress").fetchone()
    return revision


def _progress(db: sqlite3.Connection, head: int, data_dir: Path) -> Progress:
    cursor, walked, walk_until, revision, shed = db.execute(
        "SELECT cursor, walked, walk_until, revision, shed FROM progress"
    ).fetchone()
    (events,) = db.execute("SELECT coalesce(sum(events), 0) FROM kinds").fetchone()
    rebuilt = None if walk_until is None else walked / walk_until
    return Progress(
        events=events,
        revision=revision,
        behind=max(0, head - (cursor or 0)),
        shed=shed,
        rebuilt=0.0 if cursor is None else rebuilt,
        size_bytes=size_bytes(data_dir),
    )
