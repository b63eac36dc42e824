"""The journal port on SQLite: operations run on the writer thread, claims and waiting live on the event loop."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from gladly_segment.core.errors import GladlySegmentError, JournalUnavailableError, StaleClaimError
from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.lifecycle import Stage, Traffic
from gladly_segment.core.organization import Retention
from gladly_segment.core.records import Appended, Entry, Receipt, Settlement, Tally, Waiting
from gladly_segment.journals.sqlite import appending, backlog, erasure, operations, upkeep
from gladly_segment.journals.sqlite.bookkeeping import Woken
from gladly_segment.journals.sqlite.certificates import SqliteCertificates
from gladly_segment.journals.sqlite.connect import FILE_NAME, IntegrityCheck, connect
from gladly_segment.journals.sqlite.lock import DirectoryLock
from gladly_segment.journals.sqlite.outcomes import SqliteOutcomes
from gladly_segment.journals.sqlite.pulses import SqlitePulses
from gladly_segment.journals.sqlite.reader import Reader, SqliteChanges, SqliteReceipts
from gladly_segment.journals.sqlite.registry import SqliteRegistry
from gladly_segment.journals.sqlite.writer import Writer
from gladly_segment.ports.clock import Clock

_NOTICE_OTHERS_EVERY_S: Final = 1.0


class _Seat:
    """Where one worker of a stage waits."""

    __slots__ = ("next_due", "woken")

    def __init__(self) -> None:
        self.next_due: datetime | None = None
        self.woken = asyncio.Event()
        # What an earlier process left in the journal wakes nobody: the first look is free.
        self.woken.set()


class _Bench:
    """What one stage of one organization holds, and where its workers wait, each for a traffic or for all."""

    __slots__ = ("claimed", "claiming", "seats")

    def __init__(self) -> None:
        self.claimed: set[Seq] = set()
        # One after the other: what one of them is handed, the next must know of, of whatever traffic it is by then.
        self.claiming = asyncio.Lock()
        self.seats: defaultdict[Traffic | None, _Seat] = defaultdict(_Seat)

    def wake(self, traffic: Traffic) -> None:
        for waiting_for in (traffic, None):
            self.seats[waiting_for].woken.set()

    def wake_all(self) -> None:
        for seat in self.seats.values():
            seat.woken.set()


class SqliteJournal:
    """The journal port on one SQLite file. Made by `open_journal`."""

    def __init__(
        self,
        writer: Writer,
        lock: DirectoryLock,
        clock: Clock,
        *,
        data_dir: Path,
        max_bytes: int | None,
        data_version: int,
    ) -> None:
        """`max_bytes` bounds what the journal may hold; `data_version` tells whether others changed it since."""
        self._data_dir = data_dir
        self._max_bytes = max_bytes
        self._integrity = IntegrityCheck(data_dir / FILE_NAME)
        self._writer = writer
        self._lock = lock
        self._clock = clock
        self._benches: defaultdict[tuple[Stage, OrganizationId], _Bench] = defaultdict(_Bench)
        self._holders: dict[Seq, _Bench] = {}
        self.on_erased: Callable[[OrganizationId], None] = _nothing
        """Called within a second after customers of an organization were erased; must not block."""
        self._watch = asyncio.create_task(self._notice_others(data_version))
        self.registry = SqliteRegistry(writer)
        self.pulses = SqlitePulses(writer, clock)
        self._reader = Reader(data_dir)
        self.receipts = SqliteReceipts(self._reader)
        self.outcomes = SqliteOutcomes(self._reader)
        self.certificates = SqliteCertificates(self._reader, writer)
        self.changes = SqliteChanges(self._reader, lambda: writer)

    async def append(self, receipt: Receipt) -> Appended:
        """See the port."""
        appending_it = self._writer.submit(partial(appending.append, receipt=receipt, max_bytes=self._max_bytes))
        # By callback: the receipt will be there even if whoever appended it waits no longer.
        appending_it.add_done_callback(self._appended)
        appended, _ = await asyncio.shield(appending_it)
        return appended

    def _appended(self, appending_it: asyncio.Future[tuple[Appended, Collection[Woken]]]) -> None:
        if appending_it.exception() is None:
            self._wake(appending_it.result()[1])

    async def ready(self, stage: Stage, organization: OrganizationId, traffic: Traffic | None = None) -> None:
        """See the port."""
        seat = self._benches[stage, organization].seats[traffic]
        if seat.next_due is None:
            await seat.woken.wait()
            return
        pause = asyncio.ensure_future(self._sleep_until(seat.next_due))
        woken = asyncio.ensure_future(seat.woken.wait())
        try:
            await asyncio.wait((pause, woken), return_when=asyncio.FIRST_COMPLETED)
        finally:
            pause.cancel()
            woken.cancel()

    async def _sleep_until(self, moment: datetime) -> None:
        # Reckoned here, where the sleep begins: a task begins a while after it is made.
        await self._clock.sleep((moment - self._clock.now()).total_seconds())

    async def claim(
        self, stage: Stage, organization: OrganizationId, limit: int, traffic: Traffic | None = None
    ) -> Sequence[Entry]:
        """See the port."""
        bench = self._benches[stage, organization]
        seat = bench.seats[traffic]
        async with bench.claiming:
            # Cleared before looking: whatever is woken from here on is looked for again.
            seat.woken.clear()
            try:
                entries, seat.next_due = await self._writer.submit(
                    partial(
                        operations.claim,
                        stage=stage,
                        organization=organization,
                        limit=limit,
                        traffic=traffic,
                        claimed=frozenset(bench.claimed),
                        now=self._clock.now(),
                    )
                )
            except BaseException:
                # Cancelled or failed, nothing was handed out: it is still there for the next to come.
                seat.woken.set()
                raise
            if len(entries) == limit:
                seat.woken.set()
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

    def _settled(self, holders: dict[Seq, _Bench], settled: asyncio.Future[set[Woken]]) -> None:
        if settled.exception() is not None:
            self._holders.update(holders)
            return
        for seq, bench in holders.items():
            bench.claimed.discard(seq)
        self._wake(settled.result())

    def _wake(self, woken: Collection[Woken]) -> None:
        for stage, organization, traffic in woken:
            self._benches[stage, organization].wake(traffic)

    async def probe(self) -> None:
        """See the port."""
        await self._writer.submit(operations.probe)

    async def tally(self) -> Sequence[Tally]:
        """See the port."""
        return await self._writer.submit(operations.tally)

    async def waiting(self) -> Sequence[Waiting]:
        """See the backlog port."""
        return await self._writer.submit(backlog.waiting)

    async def organizations(self) -> Sequence[OrganizationId]:
        """See the upkeep port."""
        return await self._writer.submit(upkeep.organizations)

    async def forget(self, organization: OrganizationId, retention: Retention, now: datetime) -> int:
        """See the upkeep port."""
        forgotten = await self._writer.submit(
            partial(upkeep.forget, organization=organization, retention=retention, now=now)
        )
        if forgotten:
            await self._writer.submit(upkeep.give_back)
        return forgotten

    async def size_bytes(self) -> int:
        """See the upkeep port: the database with its log."""
        return await asyncio.to_thread(_size_bytes, self._data_dir)

    async def verify(self) -> None:
        """See the upkeep port."""
        await asyncio.to_thread(self._integrity.check)

    async def close(self) -> None:
        """Make what waits durable and give the data directory free."""
        self._watch.cancel()
        self._integrity.interrupt()
        await self._reader.close()
        await self._writer.close()
        self._lock.release()

    async def _notice_others(self, seen: int) -> None:
        """Wake every stage when another process changed the journal, as retry, drop, replay and erase do."""
        erased: Mapping[OrganizationId, int] = {}
        while True:
            with suppress(JournalUnavailableError):
                version = await self._writer.submit(operations.data_version)
                if version != seen:
                    for bench in self._benches.values():
                        bench.wake_all()
                    erased = await self._tell_erased(erased)
                seen = version
            # A look at the file, not a moment in an event's life: it does not follow the clock that is passed in.
            await asyncio.sleep(_NOTICE_OTHERS_EVERY_S)

    async def _tell_erased(self, before: Mapping[OrganizationId, int]) -> Mapping[OrganizationId, int]:
        erased = await self._writer.submit(erasure.erasures)
        for organization, customers in erased.items():
            if customers != before.get(organization):
                self.on_erased(organization)
        return erased


def _nothing(_: OrganizationId) -> None:
    """What happens unless somebody wants to know."""


def _size_bytes(data_dir: Path) -> int:
    return sum(path.stat().st_size for path in data_dir.glob(f"{FILE_NAME}*"))


async def open_journal(data_dir: Path, clock: Clock, *, max_bytes: int | None = None) -> SqliteJournal:
    """Open the journal in `data_dir`, making both where they do not exist; `max_bytes` bounds what it may hold.

    Raises JournalInUseError, and what `connect` raises.
    """
    try:
        lock = DirectoryLock(data_dir)
    except OSError as error:
        raise JournalUnavailableError(
            f"the data directory {data_dir} cannot be used: {error.strerror}",
            hint="give data_dir a directory that this user may write to",
        ) from error
    try:
        connection = connect(data_dir)
    except GladlySegmentError:
        lock.release()
        raise
    data_version = operations.data_version(connection)
    writer = Writer(connection, asyncio.get_running_loop())
    return SqliteJournal(writer, lock, clock, data_dir=data_dir, max_bytes=max_bytes, data_version=data_version)
