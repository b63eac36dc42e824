"""Outcomes as a service reads them, and as a command does beside it."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from gladly_segment.core.identity import message_id
from gladly_segment.core.ids import CustomerId
from gladly_segment.core.lifecycle import ParkCause, Stage, State, SuppressReason
from gladly_segment.core.organization import Retention
from gladly_segment.core.records import Delivered, MadeReady, Parked, Receipt, Selection, Suppressed
from gladly_segment.journals.sqlite import SqliteJournal, open_curator, open_eraser, open_journal, open_outcomes
from gladly_segment.journals.sqlite.connect import FILE_NAME
from gladly_segment.ports.outcomes import Outcomes
from tests.support.clock import ManualClock
from tests.support.receipts import SHOP

_AT_ONCE: Final = -timedelta(milliseconds=1)
_NOTHING_IS_KEPT: Final = Retention(ended=_AT_ONCE, dead=_AT_ONCE, content=_AT_ONCE)


class Kept:
    """A journal that a service works on, and what becomes of receipts in it."""

    def __init__(self, data_dir: Path, journal: SqliteJournal, outcomes: Outcomes, clock: ManualClock) -> None:
        self.journal = journal
        self.outcomes = outcomes
        self._data_dir = data_dir
        self._clock = clock

    async def bring(self, receipt: Receipt, state: State) -> None:
        """Bring one new receipt into a state; all before it are claimed or have ended."""
        await self.journal.append(receipt)
        if state is State.RECEIVED:
            return
        [entry] = await self.journal.claim(Stage.ENRICH, receipt.organization, 1)
        if state is State.SUPPRESSED:
            await self.journal.settle([Suppressed(entry.seq, SuppressReason.CUSTOMER_DELETED)])
        elif state in (State.PARKED, State.DROPPED):
            await self.journal.settle([Parked(entry.seq, ParkCause.NO_USER)])
            if state is State.DROPPED:
                await self._drop(Selection(seqs=(entry.seq,)))
        else:
            await self.journal.settle([MadeReady(entry.seq, b"{}", message_id(entry.key))])
            if state is State.DELIVERED:
                [entry] = await self.journal.claim(Stage.DELIVER, receipt.organization, 1)
                await self.journal.settle([Delivered(entry.seq)])

    async def erase(self, customer: CustomerId) -> None:
        async with open_eraser(self._data_dir, self._clock) as eraser:
            await eraser.erase(SHOP, [customer])

    async def forget(self) -> None:
        """Let everything that ended be forgotten."""
        while await self.journal.forget(SHOP, _NOTHING_IS_KEPT, self._clock.now()):
            pass

    def held(self) -> closing[sqlite3.Connection]:
        """Keep whatever writes waiting as long as the block lasts."""
        holder = sqlite3.connect(self._data_dir / FILE_NAME, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        return closing(holder)

    async def _drop(self, selection: Selection) -> None:
        curator = await open_curator(self._data_dir, self._clock)
        await curator.drop(selection)
        await curator.close()


@pytest.fixture(params=["beside", "in the service"])
async def kept(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kept]:
    clock = ManualClock()
    async with AsyncExitStack() as stack:
        journal = await open_journal(tmp_path, clock)
        stack.push_async_callback(journal.close)
        beside = await stack.enter_async_context(open_outcomes(tmp_path))
        yield Kept(tmp_path, journal, beside if request.param == "beside" else journal.outcomes, clock)
