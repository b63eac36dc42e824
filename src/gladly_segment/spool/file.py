"""The file and its one thread: opened when it is needed, and noticed when it is gone."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from gladly_segment.core.errors import BackfillsUnavailableError, NoBackfillsError
from gladly_segment.spool.schema import is_ours, make

T = TypeVar("T")

FILE_NAME: Final = "backfill.sqlite"

_BUSY_MS: Final = 10_000
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_PRIMARY_CODE: Final = 0xFF
_REMOVE_HINT: Final = "remove it, with -wal and -shm: only how far backfills are is lost, and nothing is sent again"


def files_of_backfills(data_dir: Path) -> tuple[Path, ...]:
    """Name the files that backfills are kept in, whether they are there or not."""
    return tuple(data_dir / f"{FILE_NAME}{ending}" for ending in ("", "-wal", "-shm"))


class File:
    """Runs operations on the file, each as one transaction, one after the other, off the event loop.

    Every method raises BackfillsUnavailableError.
    """

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE_NAME
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="backfills")
        self._db: sqlite3.Connection | None = None
        self._opened: tuple[int, int] | None = None

    async def run(self, operation: Callable[[sqlite3.Connection], T], *, make: bool = False) -> T:
        """Run an operation. Where there is no file, make one, or raise NoBackfillsError."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: self._run(operation, make=make))

    async def overwrite(self) -> None:
        """Let nothing stand any more of what was deleted; nothing where there is no file."""
        loop = asyncio.get_running_loop()
        with suppress(NoBackfillsError):
            await loop.run_in_executor(self._thread, self._overwrite)

    async def close(self) -> None:
        """Finish what waits and close the file."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def _run(self, operation: Callable[[sqlite3.Connection], T], *, make: bool) -> T:
        try:
            return _transaction(self._connection(make=make), operation)
        except (sqlite3.Error, OSError) as error:
            self._close()
            raise _trouble(error, self._path) from error

    def _overwrite(self) -> None:
        try:
            self._connection(make=False).execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except (sqlite3.Error, OSError) as error:
            self._close()
            raise _trouble(error, self._path) from error

    def _connection(self, *, make: bool) -> sqlite3.Connection:
        identity = _identity(self._path)
        if self._db is not None and identity == self._opened:
            return self._db
        self._close()
        if identity is None and not make:
            raise NoBackfillsError(f"there is no {self._path}", hint="order the backfill again: nothing is sent twice")
        self._db = _open(self._path)
        self._opened = _identity(self._path)
        return self._db

    def _close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


def _transaction(db: sqlite3.Connection, operation: Callable[[sqlite3.Connection], T]) -> T:
    db.execute("BEGIN IMMEDIATE")
    try:
        result = operation(db)
        db.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise
    return result


def _open(path: Path) -> sqlite3.Connection:
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        db.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        _require_ours(db, path)
        # What the last moments before a power cut changed may be lost: it is found in the journal, or done again.
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA secure_delete = ON")
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        db.execute("PRAGMA journal_mode = WAL")
        _transaction(db, make)
    except BaseException:
        db.close()
        raise
    return db


def _require_ours(db: sqlite3.Connection, path: Path) -> None:
    if not is_ours(db):
        raise BackfillsUnavailableError(f"{path} is no file of backfills, or one of another version", hint=_REMOVE_HINT)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _trouble(error: sqlite3.Error | OSError, path: Path) -> BackfillsUnavailableError:
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & _PRIMARY_CODE in _DAMAGED:
        return BackfillsUnavailableError(f"{path} is damaged: {error}", hint=_REMOVE_HINT)
    return BackfillsUnavailableError(
        f"{path} cannot be used: {error}", hint="check free space and permissions of data_dir"
    )
