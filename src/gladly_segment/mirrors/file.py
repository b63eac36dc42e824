"""The file of arrivals: made when the first one comes, readable by its user alone."""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from gladly_segment.core.errors import MirrorUnavailableError

FILE_NAME: Final = "mirror.sqlite"
VERSION: Final = 1

_BUSY_MS: Final = 10_000
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_PRIMARY_CODE: Final = 0xFF
_REMOVE_HINT: Final = "stop the service and remove it, with -wal and -shm: only what arrived so far is not known then"

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS arrived (
    organization    TEXT NOT NULL,
    message_id      TEXT NOT NULL,
    times           INTEGER NOT NULL,
    first_ms        INTEGER NOT NULL,
    PRIMARY KEY (organization, message_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS arrived_by_time ON arrived (organization, first_ms);
"""


def open_for_writing(data_dir: Path) -> sqlite3.Connection:
    """Open the file, making it where there is none. Raises MirrorUnavailableError."""
    path = data_dir / FILE_NAME
    try:
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            _prepare(db, path)
        except BaseException:
            db.close()
            raise
    except (sqlite3.Error, OSError) as error:
        raise trouble(error, path) from error
    return db


def open_for_reading(data_dir: Path) -> sqlite3.Connection | None:
    """Open the file where there is one. Raises MirrorUnavailableError."""
    path = data_dir / FILE_NAME
    if not path.exists():
        return None
    try:
        db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
        try:
            db.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
            _require_version(db, path)
        except BaseException:
            db.close()
            raise
    except (sqlite3.Error, OSError) as error:
        raise trouble(error, path) from error
    return db


def trouble(error: sqlite3.Error | OSError, path: Path) -> MirrorUnavailableError:
    """Tell a damaged file from one that only cannot be used now."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & _PRIMARY_CODE in _DAMAGED:
        return MirrorUnavailableError(f"{path} is damaged: {error}", hint=_REMOVE_HINT)
    return MirrorUnavailableError(
        f"{path} cannot be used: {error}", hint="check free space and permissions of data_dir"
    )


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    db.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    # FULL: in WAL mode, the log is synced at every commit, which is what the 200 promises.
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA journal_mode = WAL")
    db.executescript(f"BEGIN IMMEDIATE; {_TABLES} COMMIT;")
    if _version_of(db) == 0:
        db.execute(f"PRAGMA user_version = {VERSION}")
    _require_version(db, path)


def _require_version(db: sqlite3.Connection, path: Path) -> None:
    if _version_of(db) != VERSION:
        raise MirrorUnavailableError(f"{path} is of another version", hint=_REMOVE_HINT)


def _version_of(db: sqlite3.Connection) -> int:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return version
