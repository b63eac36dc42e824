"""Reading a journal beside its writer: a connection that cannot write, on a thread of its own."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from gladly_segment.core.errors import InputError, JournalUnavailableError
from gladly_segment.core.ids import Lane, OrganizationId, Seq
from gladly_segment.core.records import History
from gladly_segment.journals.sqlite import backlog, changes, curation
from gladly_segment.journals.sqlite.connect import FILE_NAME, connect, trouble
from gladly_segment.journals.sqlite.schema import require_present
from gladly_segment.journals.sqlite.writer import Writer
from gladly_segment.ports.receipts import Missed, Portion, Standing

T = TypeVar("T")

_TRIMMED_AT_ONCE: Final = 1_000


class Reader:
    """Runs what only reads, one after the other; each is a read transaction, and none outlasts its answer."""

    def __init__(self, data_dir: Path) -> None:
        """Nothing is opened before something is read."""
        self._file = data_dir / FILE_NAME
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal-reader")
        self._connection: sqlite3.Connection | None = None
        self._closed = False

    async def read(self, operation: Callable[[sqlite3.Connection], T]) -> T:
        """Give what an operation gives. Raises JournalUnavailableError or JournalVersionError."""
        if self._closed:
            raise JournalUnavailableError("the journal is closed")
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._read, operation)

    async def close(self) -> None:
        """Give the connection up."""
        self._closed = True
        await asyncio.to_thread(self._thread.shutdown)
        if self._connection is not None:
            self._connection.close()

    def _read(self, operation: Callable[[sqlite3.Connection], T]) -> T:
        try:
            if self._connection is None:
                self._connection = self._opened()
            db = self._connection
            db.execute("BEGIN")
            try:
                return operation(db)
            finally:
                # Whoever empties the log waits for this.
                db.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise trouble(error, f"{self._file} cannot be read") from error

    def _opened(self) -> sqlite3.Connection:
        uri = f"{self._file.resolve().as_uri()}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA busy_timeout = 5000")
            require_present(connection)
        except BaseException:
            connection.close()
            raise
        return connection


async def require_journal(data_dir: Path) -> None:
    """Raises InputError where there is no journal."""
    if not await asyncio.to_thread((data_dir / FILE_NAME).exists):
        raise InputError(
            f"there is no journal in {data_dir}", hint="name the service's data directory with --data-dir or --config"
        )


class SqliteReceipts:
    """The receipts port."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def receipt(self, seq: Seq) -> History | None:
        """See the port."""
        return await self._reader.read(partial(curation.receipt, seq=seq))

    async def lane(self, organization: OrganizationId, lane: Lane) -> Sequence[History]:
        """See the port."""
        return await self._reader.read(partial(curation.explain, organization=organization, lane=lane))

    async def ahead(self, seqs: Sequence[Seq]) -> Mapping[Seq, int]:
        """See the port."""
        return await self._reader.read(partial(backlog.ahead, seqs=seqs))


@asynccontextmanager
async def open_receipts(data_dir: Path) -> AsyncGenerator[SqliteReceipts]:
    """Open a journal for looking into it, whether a service works on it or not."""
    reader = Reader(data_dir)
    try:
        yield SqliteReceipts(reader)
    finally:
        await reader.close()


class SqliteChanges:
    """The changes port. Only trimming writes."""

    def __init__(self, reader: Reader, writer: Callable[[], Writer]) -> None:
        """`writer` is asked for when something is trimmed, and not before."""
        self._reader = reader
        self._writer = writer

    async def head(self) -> int:
        """See the port."""
        return await self._reader.read(changes.head)

    async def last(self) -> Seq:
        """See the port."""
        return await self._reader.read(changes.last)

    async def after(self, number: int, limit: int) -> Portion | Missed:
        """See the port."""
        return await self._reader.read(partial(changes.after, number=number, limit=limit))

    async def walk(self, after: Seq, limit: int) -> Sequence[Standing]:
        """See the port."""
        return await self._reader.read(partial(changes.walk, after=after, limit=limit))

    async def trim(self, keep: int) -> None:
        """See the port. In portions, which the writer does between others."""
        while await self._writer().submit(partial(changes.trim, keep=keep, limit=_TRIMMED_AT_ONCE)) == _TRIMMED_AT_ONCE:
            pass


@asynccontextmanager
async def open_changes(data_dir: Path) -> AsyncGenerator[SqliteChanges]:
    """Open the change log of a journal, whether a service works on it or not.

    Raises InputError where there is no journal. Trimming raises what `connect` raises.
    """
    await require_journal(data_dir)
    reader, writers = Reader(data_dir), list[Writer]()

    def writer() -> Writer:
        # Only now: most who open it read and no more, and need not be able to write.
        if not writers:
            writers.append(Writer(connect(data_dir, beside=True), asyncio.get_running_loop()))
        return writers[0]

    try:
        yield SqliteChanges(reader, writer)
    finally:
        await reader.close()
        for each in writers:
            await each.close()
