"""The journal port on SQLite: operations run on the writer thread, claims and waiting live on the event loop."""

import asyncio
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from gladly_segment.core.errors import JournalUnavailableError, JournalVersionError, StaleClaimError
from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.lifecycle import Stage, State
from gladly_segment.core.records import Appended, Entry, Receipt, Settlement, Tally
from gladly_segment.journals.sqlite import operations
from gladly_segment.journals.sqlite.lock import DirectoryLock
from gladly_segment.journals.sqlite.schema import migrate
from gladly_segment.journals.sqlite.writer import Writer
from gladly_segment.ports.clock import Clock


class _Bench:
    """What one stage of one organization holds and waits for."""

    __slots__ = ("claimed", "claiming", "next_due", "woken")

    def __init__(self) -> None:
        self.claimed: set[Seq] = set()
        self.claiming = asyncio.Lock()
        self.next_due: datetime | None = None
        self.woken = asyncio.Event()
        # What an earlier process left in the journal wakes nobody: the first look is free.
        self.woken.set()


class SqliteJournal:
    """The journal port on one SQLite file. Made by `open_journal`."""

    def __init__(self, writer: Writer, lock: DirectoryLock, clock: Clock) -> None:
        self._writer = writer
        self._lock = lock
        self._clock = clock
        self._benches: defaultdict[tuple[Stage, OrganizationId], _Bench] = defaultdict(_Bench)
        self._holders: dict[Seq, _Bench] = {}

    async def append(self, receipt: Receipt) -> Appended:
        """See the port."""
        appended = self._writer.submit(partial(operations.append, receipt=receipt))
        if receipt.state is State.RECEIVED:
            woken = self._benches[Stage.ENRICH, receipt.organization].woken
            # By callback: the receipt will be there even if whoever appended it waits no longer.
            appended.add_done_callback(lambda _: woken.set())
        return await asyncio.shield(appended)

    async def ready(self, stage: Stage, organization: OrganizationId) -> None:
        """See the port."""
        bench = self._benches[stage, organization]
        if bench.next_due is None:
            await bench.woken.wait()
            return
        pause = asyncio.ensure_future(self._sleep_until(bench.next_due))
        woken = asyncio.ensure_future(bench.woken.wait())
        try:
            await asyncio.wait((pause, woken), return_when=asyncio.FIRST_COMPLETED)
        finally:
            pause.cancel()
            woken.cancel()

    async def _sleep_until(self, moment: datetime) -> None:
        # Reckoned here, where the sleep begins: a task begins a while after it is made.
        await self._clock.sleep((moment - self._clock.now()).total_seconds())

    async def claim(self, stage: Stage, organization: OrganizationId, limit: int) -> Sequence[Entry]:
        """See the port."""
        bench = self._benches[stage, organization]
        async with bench.claiming:
            # Cleared before looking: whatever is woken from here on is looked for again.
            bench.woken.clear()
            try:
                entries, bench.next_due = await self._writer.submit(
                    partial(
                        operations.claim,
                        stage=stage,
                        organization=organization,
                        limit=limit,
                        claimed=frozenset(bench.claimed),
                        now=self._clock.now(),
                    )
                )
            except BaseException:
                # Cancelled or failed, nothing was handed out: it is still there for the next to come.
                bench.woken.set()
                raise
            if len(entries) == limit:
                bench.woken.set()
            for entry in entries:
                bench.claimed.add(entry.seq)
                self._holders[entry.seq] = bench
            return entries

    async def settle(self, settlements: Sequence[Settlement]) -> None:
        """See the port."""
        holders: dict[Seq, _Bench] = {}
        for settlement in settlements:
            if settlement.seq not in self._holders or settlement.seq in holders:
                raise StaleClaimError(f"receipt {settlement.seq} is not claimed, or already being settled")
            holders[settlement.seq] = self._holders[settlement.seq]
        settled = self._writer.submit(partial(operations.settle, settlements=settlements, now=self._clock.now()))
        for seq in holders:
            del self._holders[seq]
        # By callback: it takes place even if whoever settles waits no longer.
        settled.add_done_callback(partial(self._settled, holders))
        await asyncio.shield(settled)

    def _settled(self, holders: dict[Seq, _Bench], settled: asyncio.Future[set[tuple[Stage, OrganizationId]]]) -> None:
        if settled.exception() is not None:
            self._holders.update(holders)
            return
        for seq, bench in holders.items():
            bench.claimed.discard(seq)
        for stage, organization in settled.result():
            self._benches[stage, organization].woken.set()

    async def tally(self) -> Sequence[Tally]:
        """See the port."""
        return await self._writer.submit(operations.tally)

    async def close(self) -> None:
        """Make what waits durable and give the data directory free."""
        await self._writer.close()
        self._lock.release()


async def open_journal(data_dir: Path, clock: Clock) -> SqliteJournal:
    """Open the journal in `data_dir`, making both where they do not exist.

    Raises JournalInUseError, JournalVersionError or JournalUnavailableError.
    """
    try:
        lock = DirectoryLock(data_dir)
    except OSError as error:
        raise JournalUnavailableError(
            f"the data directory {data_dir} cannot be used: {error.strerror}",
            hint="give data_dir a directory that this user may write to",
        ) from error
    try:
        connection = _connect(data_dir / "journal.sqlite")
    except (sqlite3.Error, OSError) as error:
        lock.release()
        raise JournalUnavailableError(f"the journal in {data_dir} cannot be opened: {error}") from error
    except JournalVersionError:
        lock.release()
        raise
    return SqliteJournal(Writer(connection, asyncio.get_running_loop()), lock, clock)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        path.chmod(0o600)
        connection.execute("PRAGMA journal_mode = WAL")
        # FULL: in WAL mode, the log is synced at every commit, which is what a 2xx promises.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA busy_timeout = 5000")
        migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection
