"""The one thread that touches the database: it runs what waits as one transaction, so that one fsync serves many."""

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from gladly_segment.core.errors import JournalUnavailableError
from gladly_segment.journals.sqlite.connect import trouble

T = TypeVar("T")

_GROUP_LIMIT: Final = 512


class _Work(Generic[T]):
    """An operation and where its result goes. A callable that raises leaves the database as it found it."""

    __slots__ = ("error", "future", "operation", "result")

    def __init__(self, operation: Callable[[sqlite3.Connection], T], future: asyncio.Future[T]) -> None:
        self.operation = operation
        self.future = future
        self.result: T | None = None
        self.error: Exception | None = None


class Writer:
    """Runs operations on the database in the order they come, in groups that commit together."""

    def __init__(self, connection: sqlite3.Connection, loop: asyncio.AbstractEventLoop) -> None:
        """Take over a connection in autocommit mode; results are handed to `loop`."""
        self._connection = connection
        self._loop = loop
        self._queue: queue.SimpleQueue[_Work[Any] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="journal-writer", daemon=True)
        self._closed = False
        self._thread.start()

    def submit(self, operation: Callable[[sqlite3.Connection], T]) -> asyncio.Future[T]:
        """Queue an operation; the future has its result once the transaction that holds it is durable.

        It ends with what the operation raises, or JournalUnavailableError when SQLite fails. The operation runs
        whether or not anybody still waits for it.
        """
        if self._closed:
            raise JournalUnavailableError("the journal is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put(_Work(operation, future))
        return future

    async def close(self) -> None:
        """Finish what waits and close the connection."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        open_ = True
        while open_:
            group, open_ = self._next_group()
            if group:
                self._commit(group)
                with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                    self._loop.call_soon_threadsafe(_deliver, group)
        self._connection.close()

    def _next_group(self) -> tuple[list[_Work[Any]], bool]:
        group: list[_Work[Any]] = []
        work = self._queue.get()
        while work is not None:
            group.append(work)
            if len(group) == _GROUP_LIMIT:
                return group, True
            try:
                work = self._queue.get_nowait()
            except queue.Empty:
                return group, True
        return group, False

    def _commit(self, group: list[_Work[Any]]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for work in group:
                self._attempt(work)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            for work in group:
                work.error = trouble(error, "the journal could not be written")

    def _attempt(self, work: _Work[Any]) -> None:
        self._connection.execute("SAVEPOINT work")
        try:
            work.result = work.operation(self._connection)
        except (sqlite3.OperationalError, sqlite3.InternalError):
            raise
        except Exception as error:  # noqa: BLE001 - it goes to the caller; this thread serves all others too
            work.error = (
                trouble(error, "the journal could not be written") if isinstance(error, sqlite3.Error) else error
            )
            self._connection.execute("ROLLBACK TO work")
        self._connection.execute("RELEASE work")


def _deliver(group: list[_Work[Any]]) -> None:
    for work in group:
        if work.future.done():
            continue
        if work.error is not None:
            work.future.set_exception(work.error)
        else:
            work.future.set_result(work.result)
