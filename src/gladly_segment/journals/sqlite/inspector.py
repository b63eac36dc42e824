"""The inspector port on SQLite: a connection that only reads, and gives up in time."""

import asyncio
import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from gladly_segment.core.errors import JournalUnavailableError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import State
from gladly_segment.core.moments import to_moment, to_ms
from gladly_segment.core.records import Source
from gladly_segment.journals.sqlite import operations, upkeep
from gladly_segment.journals.sqlite.backlog import waiting
from gladly_segment.journals.sqlite.connect import FILE_NAME, IntegrityCheck, trouble
from gladly_segment.journals.sqlite.pulses import HOUR_MS, busy_hours, last_webhook
from gladly_segment.journals.sqlite.schema import require_present
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.inspector import JournalView, Pulse, Trouble

_LATEST: Final = 20_000
"""Receipts at the end of the log in which the last event of each organization is looked for first."""

_DAY_MS: Final = 24 * HOUR_MS
_STEPS_BETWEEN_LOOKS_AT_THE_CLOCK: Final = 10_000


class SqliteInspector:
    """The inspector port on the file of a data directory."""

    def __init__(self, data_dir: Path, clock: Clock) -> None:
        self._data_dir = data_dir
        self._file = data_dir / FILE_NAME
        self._clock = clock

    def exists(self) -> bool:
        """See the port."""
        return self._file.exists()

    def in_use(self) -> bool:
        """See the port."""
        try:
            descriptor = os.open(self._data_dir / "lock", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise trouble(error, f"the lock of {self._data_dir} cannot be looked at") from error
        try:
            # Shared and given back at once: a service that starts in this very instant is the only one to notice.
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    async def look(self, within_s: float) -> JournalView:
        """See the port."""
        return await asyncio.to_thread(self._look, within_s)

    async def verify(self, within_s: float) -> bool:
        """See the port."""
        return await asyncio.to_thread(self._verify, within_s)

    def _look(self, within_s: float) -> JournalView:
        until = time.monotonic() + within_s
        try:
            with closing(sqlite3.connect(f"{self._file.resolve().as_uri()}?mode=ro", uri=True)) as db:
                db.set_progress_handler(lambda: time.monotonic() > until, _STEPS_BETWEEN_LOOKS_AT_THE_CLOCK)
                require_present(db)
                return self._view(db)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                raise JournalUnavailableError(f"reading {self._file} took longer than {within_s:.0f} s") from error
            raise trouble(error, f"{self._file} cannot be read") from error
        except (sqlite3.Error, OSError) as error:
            raise trouble(error, f"{self._file} cannot be read") from error

    def _verify(self, within_s: float) -> bool:
        check, late = IntegrityCheck(self._file), threading.Event()

        def give_up() -> None:
            late.set()
            check.interrupt()

        timer = threading.Timer(within_s, give_up)
        timer.start()
        try:
            check.check()
        finally:
            timer.cancel()
        return not late.is_set()

    def _view(self, db: sqlite3.Connection) -> JournalView:
        tallies = operations.tally(db)
        used = upkeep.used_bytes(db)
        names = sorted({tally.organization for tally in tallies})
        return JournalView(
            size_bytes=sum(path.stat().st_size for path in self._data_dir.glob(f"{FILE_NAME}*")),
            used_bytes=used,
            bytes_per_day=_bytes_per_day(db, used, sum(tally.count for tally in tallies)),
            tallies=tallies,
            waiting=waiting(db),
            troubles=_troubles(db),
            pulses=_pulses(db, names, to_ms(self._clock.now()) // HOUR_MS),
        )


def _bytes_per_day(db: sqlite3.Connection, used: int, receipts: int) -> float | None:
    (last,) = db.execute("SELECT max(seq) FROM receipts").fetchone()
    if last is None:
        return None
    moments = db.execute(
        "SELECT received_at_ms FROM receipts WHERE seq IN"
        " ((SELECT min(seq) FROM receipts WHERE seq > ?), ?) ORDER BY seq",
        (last - _LATEST, last),
    ).fetchall()
    span_ms = moments[-1][0] - moments[0][0]
    return used / receipts * min(receipts, _LATEST) * _DAY_MS / span_ms if span_ms >= HOUR_MS else None


def _troubles(db: sqlite3.Connection) -> Sequence[Trouble]:
    rows = db.execute(
        "SELECT organization, state, detail, count(*) FROM receipts INDEXED BY receipts_unsettled"
        " WHERE state IN ('received', 'ready') AND detail != '' GROUP BY organization, state, detail"
    )
    return [Trouble(OrganizationId(name), State(state), detail, count) for name, state, detail, count in rows]


def _pulses(db: sqlite3.Connection, names: Sequence[OrganizationId], this_hour: int) -> Sequence[Pulse]:
    latest: dict[str, int] = dict(
        db.execute(
            "SELECT organization, max(received_at_ms) FROM receipts"
            " WHERE seq > (SELECT max(seq) FROM receipts) - ? AND source = ? GROUP BY organization",
            (_LATEST, Source.WEBHOOK),
        ).fetchall()
    )
    return [_pulse(db, name, latest.get(name), this_hour) for name in names]


def _pulse(db: sqlite3.Connection, name: OrganizationId, latest_ms: int | None, this_hour: int) -> Pulse:
    # Where it is not among the latest of all, by the moment it ended, for which there is an index.
    last_at = last_webhook(db, name) if latest_ms is None else to_moment(latest_ms)
    return Pulse(name, last_at, busy_hours(db, name, this_hour))
