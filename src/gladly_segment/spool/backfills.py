"""Both ports of backfills on one file: that of people, and that of the service."""

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from gladly_segment.core.backfill import (
    UNDER_WAY,
    Backfill,
    BackfillNumber,
    Found,
    Needs,
    Order,
    Phase,
    Plan,
    Progress,
    Reading,
)
from gladly_segment.core.errors import NoBackfillsError
from gladly_segment.core.ids import ConversationId, CustomerId, OrganizationId
from gladly_segment.core.moments import to_ms
from gladly_segment.core.past import PastOccurrence
from gladly_segment.ports.clock import Clock
from gladly_segment.spool import occurrences, orders
from gladly_segment.spool.file import File
from gladly_segment.spool.reports import SqliteReportDiary
from gladly_segment.spool.rows import written

T = TypeVar("T")


class SqliteBackfills:
    """The backfills of a data directory; any number of processes may have them open. See the ports for its methods."""

    def __init__(self, data_dir: Path, clock: Clock) -> None:
        self._file = File(data_dir)
        self._clock = clock

    async def close(self) -> None:
        """Give the file up."""
        await self._file.close()

    def diary(self, organization: OrganizationId) -> SqliteReportDiary:
        """Give the diary of an organization's reports."""
        return SqliteReportDiary(self._file, organization)

    async def order(self, order: Order) -> Backfill:
        """See the port."""
        return await self._file.run(partial(orders.order, wanted=order, now=self._clock.now()), make=True)

    async def stop(self, organization: OrganizationId) -> Backfill | None:
        """See the port."""
        return await self._if_there(partial(orders.stop, organization=organization, now=self._clock.now()), None)

    async def latest(self) -> Sequence[Backfill]:
        """See the port."""
        return await self._if_there(orders.latest, ())

    async def under_way(self, organization: OrganizationId) -> Backfill | None:
        """See the port."""
        return await self._if_there(partial(orders.under_way, organization=organization), None)

    async def phase(self, number: BackfillNumber) -> Phase | None:
        """See the port."""
        return await self._if_there(partial(orders.phase, number=number), None)

    async def read(self, number: BackfillNumber) -> Sequence[Reading]:
        """See the port."""
        return await self._file.run(partial(orders.read, number=number))

    async def expect(self, number: BackfillNumber, readings: Sequence[Reading]) -> None:
        """See the port."""
        await self._change(number, partial(_expect, number=number, readings=tuple(readings)))

    async def gather(self, number: BackfillNumber, told: Sequence[PastOccurrence]) -> None:
        """See the port."""
        await self._change(number, partial(occurrences.gather, number=number, told=told))

    async def note_read(self, number: BackfillNumber, reading: Reading, unreadable: int) -> None:
        """See the port."""
        await self._change(number, partial(_note_read, number=number, reading=reading, unreadable=unreadable))

    async def arrange(self, number: BackfillNumber) -> Found:
        """See the port."""
        return await self._file.run(partial(occurrences.arrange, number=number))

    async def page(self, number: BackfillNumber, after: ConversationId | None, limit: int) -> Sequence[PastOccurrence]:
        """See the port."""
        return await self._file.run(partial(occurrences.page, number=number, after=after, limit=limit))

    async def mark_known(self, number: BackfillNumber, known: Sequence[PastOccurrence]) -> None:
        """See the port."""
        await self._change(number, partial(occurrences.mark_known, number=number, known=known))

    async def needs(self, number: BackfillNumber) -> Needs:
        """See the port."""
        return await self._file.run(partial(occurrences.needs, number=number))

    async def next(self, number: BackfillNumber, limit: int) -> Sequence[PastOccurrence]:
        """See the port."""
        return await self._file.run(partial(occurrences.upcoming, number=number, limit=limit))

    async def hand_over(
        self,
        number: BackfillNumber,
        *,
        taken: Sequence[PastOccurrence] = (),
        struck: Sequence[PastOccurrence] = (),
        progress: Progress,
    ) -> None:
        """See the port."""

        def work(db: sqlite3.Connection) -> None:
            occurrences.take(db, number, taken)
            occurrences.strike(db, number, struck)
            _note(db, number, progress)

        await self._change(number, work)

    async def in_hand(self, number: BackfillNumber) -> Sequence[PastOccurrence]:
        """See the port."""
        return await self._file.run(partial(occurrences.in_hand, number=number))

    async def note(self, number: BackfillNumber, *, progress: Progress, trouble: str) -> None:
        """See the port."""
        await self._change(number, partial(_note, number=number, progress=progress, trouble=trouble))

    async def planned(self, number: BackfillNumber, plan: Plan) -> Phase:
        """See the port."""

        def work(db: sqlite3.Connection) -> Phase:
            found = orders.the_one(db, number)
            if found.phase is not Phase.GATHERING:
                return found.phase
            phase = Phase.PLANNED if found.order.plan_only else Phase.SENDING
            db.execute(
                "UPDATE backfills SET plan = ?, phase = ?, changed_at_ms = ?, expected = '[]', trouble = ''"
                " WHERE number = ?",
                (written(plan), phase, to_ms(self._clock.now()), number),
            )
            return phase

        return await self._file.run(work)

    async def done(self, number: BackfillNumber) -> None:
        """See the port."""

        def work(db: sqlite3.Connection) -> None:
            orders.close(db, number, Phase.DONE, self._clock.now())

        await self._change(number, work)
        await self._file.run(occurrences.give_room_back)

    async def forget_customers(self, organization: OrganizationId, customers: Sequence[CustomerId]) -> None:
        """Strike out what is kept of customers who were erased, and overwrite it: nothing of it is brought in."""
        await self._if_there(
            partial(occurrences.forget_customers, organization=organization, customers=customers), None
        )
        await self._file.overwrite()

    async def _if_there(self, operation: Callable[[sqlite3.Connection], T], absent: T) -> T:
        try:
            return await self._file.run(operation)
        except NoBackfillsError:
            return absent

    async def _change(self, number: BackfillNumber, work: Callable[[sqlite3.Connection], None]) -> None:
        def change(db: sqlite3.Connection) -> None:
            row = db.execute("SELECT phase FROM backfills WHERE number = ?", (number,)).fetchone()
            if row is not None and row[0] in UNDER_WAY:
                work(db)

        await self._file.run(change)


def _expect(db: sqlite3.Connection, number: BackfillNumber, readings: tuple[Reading, ...]) -> None:
    db.execute("UPDATE backfills SET expected = ? WHERE number = ?", (written(readings), number))


def _note_read(db: sqlite3.Connection, number: BackfillNumber, reading: Reading, unreadable: int) -> None:
    span = reading.span
    db.execute(
        "INSERT OR REPLACE INTO parts (backfill, start_ms, end_ms, source, why) VALUES (?, ?, ?, ?, ?)",
        (number, to_ms(span.start), to_ms(span.end), reading.source, reading.why),
    )
    occurrences.note_unreadable(db, number, unreadable)


def _note(db: sqlite3.Connection, number: BackfillNumber, progress: Progress, trouble: str | None = None) -> None:
    db.execute(
        "UPDATE backfills SET progress = ?, trouble = coalesce(?, trouble) WHERE number = ?",
        (written(progress), trouble, number),
    )
