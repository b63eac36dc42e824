"""Connections to the journal's file."""

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from gladly_segment.core.errors import JournalDamagedError, JournalUnavailableError
from gladly_segment.journals.sqlite.bookkeeping import DAMAGED_HINT
from gladly_segment.journals.sqlite.schema import migrate, require_present

FILE_NAME: Final = "journal.sqlite"

_PRIMARY_CODE: Final = 0xFF
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def connect(data_dir: Path, *, beside: bool = False) -> sqlite3.Connection:
    """Open the journal's file for writing, making it where there is none, and bring it to the present version.

    `beside` a service that may be running, a file of another version is refused instead. Raises
    JournalUnavailableError, JournalDamagedError or JournalVersionError.
    """
    path = data_dir / FILE_NAME
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            _prepare(connection, path, beside=beside)
        except BaseException:
            connection.close()
            raise
    except (sqlite3.Error, OSError) as error:
        raise trouble(error, f"the journal in {data_dir} cannot be opened") from error
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, *, beside: bool) -> None:
    connection.execute("PRAGMA busy_timeout = 5000")
    # FULL: in WAL mode, the log is synced at every commit, which is what a 2xx promises.
    connection.execute("PRAGMA synchronous = FULL")
    # What is deleted or changed is overwritten: erasing a customer later could not find what was left behind here.
    connection.execute("PRAGMA secure_delete = ON")
    if beside:
        require_present(connection)
        return
    path.chmod(0o600)
    # Only a new file takes this: room that retention frees can then be given back to the disk.
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    migrate(connection)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Generator[None]:
    """Do something as a whole or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def trouble(error: sqlite3.Error | OSError, what: str) -> JournalUnavailableError:
    """Tell a damaged file from one that only cannot be used now."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & _PRIMARY_CODE in _DAMAGED:
        return JournalDamagedError(f"{what}, it is damaged: {error}", hint=DAMAGED_HINT)
    return JournalUnavailableError(f"{what}: {error}", hint="check free space and permissions of data_dir")


class IntegrityCheck:
    """Reads a whole file and compares its structure, on a connection of its own; takes as long as reading does."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def check(self) -> None:
        """Raises JournalDamagedError naming what does not fit, or JournalUnavailableError."""
        try:
            uri = f"{self._path.resolve().as_uri()}?mode=ro"
            with closing(sqlite3.connect(uri, uri=True, check_same_thread=False)) as self._connection:
                (found,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                return
            raise trouble(error, f"{self._path} cannot be checked") from error
        except sqlite3.Error as error:
            raise trouble(error, f"{self._path} cannot be checked") from error
        finally:
            self._connection = None
        if found != "ok":
            raise JournalDamagedError(f"{self._path} is damaged: {found}", hint=DAMAGED_HINT)

    def interrupt(self) -> None:
        """End a check that is under way, without a finding. May be called from another thread."""
        if (connection := self._connection) is not None:
            with suppress(sqlite3.ProgrammingError):  # closed a moment ago: the check has ended by itself
                connection.interrupt()
