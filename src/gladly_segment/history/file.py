"""The history's file: opened, and dropped when it is of no use any more."""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from gladly_segment.core.errors import HistoryDamagedError, HistoryUnavailableError
from gladly_segment.history.schema import VERSION, make, version_of

FILE_NAME: Final = "history.sqlite"

REBUILD_HINT: Final = "start the service, or run gladly-segment history rebuild: it is made of the journal"

_PRIMARY_CODE: Final = 0xFF
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_BUSY_MS: Final = 10_000
_CACHE_KB: Final = 16_000
_PAGES_BETWEEN_CHECKPOINTS: Final = 4_000


def files_of(data_dir: Path) -> tuple[Path, ...]:
    """Name the files that belong to a history, whether they are there or not."""
    return tuple(data_dir / f"{FILE_NAME}{ending}" for ending in ("", "-wal", "-shm"))


def identity_of(file: Path) -> tuple[int, int] | None:
    """Tell one file from another one of the same name; None where there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def size_bytes(data_dir: Path) -> int:
    """Tell how much room the history takes."""
    sizes = 0
    for path in files_of(data_dir):
        try:
            sizes += path.stat().st_size
        except FileNotFoundError:
            continue
    return sizes


def drop(data_dir: Path) -> None:
    """Remove a history. Raises HistoryUnavailableError."""
    try:
        for path in files_of(data_dir):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise trouble(error, f"the history in {data_dir} cannot be removed") from error


def open_for_writing(data_dir: Path, revision: int) -> sqlite3.Connection:
    """Open the file; one that is not there, of another version or damaged is made anew, with revisions above a number.

    Raises HistoryUnavailableError.
    """
    try:
        return _opened(data_dir, revision)
    except HistoryDamagedError:
        drop(data_dir)
        return _opened(data_dir, revision)


def open_for_reading(data_dir: Path) -> sqlite3.Connection:
    """Open the file where there is one of the present version, or raise HistoryUnavailableError."""
    path = data_dir / FILE_NAME
    try:
        if not path.exists():
            raise HistoryUnavailableError(f"there is no history in {data_dir}", hint=REBUILD_HINT)
        uri = f"{path.resolve().as_uri()}?mode=ro"
        db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        try:
            _set_up(db)
            _require_present(db)
        except BaseException:
            db.close()
            raise
    except (sqlite3.Error, OSError) as error:
        raise trouble(error, f"the history in {data_dir} cannot be opened") from error
    return db


def trouble(error: sqlite3.Error | OSError, what: str) -> HistoryUnavailableError:
    """Tell a damaged file from one that only cannot be used now."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & _PRIMARY_CODE in _DAMAGED:
        return HistoryDamagedError(f"{what}, it is damaged: {error}", hint=REBUILD_HINT)
    return HistoryUnavailableError(f"{what}: {error}", hint="check free space and permissions of data_dir")


def _opened(data_dir: Path, revision: int) -> sqlite3.Connection:
    path = data_dir / FILE_NAME
    try:
        _make_file(path)
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            _set_up(db)
            _make_usable(db, revision)
        except BaseException:
            db.close()
            raise
    except (sqlite3.Error, OSError) as error:
        raise trouble(error, f"the history in {data_dir} cannot be opened") from error
    return db


def _make_file(path: Path) -> None:
    # It holds personal data, and so does its log, which gets the same permissions. One that is there is not opened:
    # closing it again would give up the locks that other connections of this process have on it.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _require_present(db: sqlite3.Connection) -> None:
    if version_of(db) != VERSION:
        raise HistoryUnavailableError("the history is of another version, or just being made", hint=REBUILD_HINT)


def _set_up(db: sqlite3.Connection) -> None:
    db.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    db.execute(f"PRAGMA cache_size = -{_CACHE_KB}")


def _make_usable(db: sqlite3.Connection, revision: int) -> None:
    # What is lost with the last moments before a power cut is read again; what is there fits together.
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA secure_delete = ON")
    db.execute(f"PRAGMA wal_autocheckpoint = {_PAGES_BETWEEN_CHECKPOINTS}")
    if version_of(db) == 0:
        make(db, revision)
    if version_of(db) != VERSION:
        raise HistoryDamagedError("the history is of another version", hint=REBUILD_HINT)
