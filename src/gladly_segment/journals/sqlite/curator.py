"""The curator port on SQLite: connections of its own, beside those of a running service."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from gladly_segment.core.ids import Lane, OrganizationId, Seq
from gladly_segment.core.lifecycle import State
from gladly_segment.core.records import History, Selection
from gladly_segment.journals.sqlite import curation, dead
from gladly_segment.journals.sqlite.connect import connect
from gladly_segment.journals.sqlite.curation import Curated
from gladly_segment.journals.sqlite.reader import Reader, require_journal
from gladly_segment.journals.sqlite.writer import Writer
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.curator import START, DeadGroup, Replayed

_PORTION: Final = 200

_Portion: TypeAlias = tuple[Seq, Counter[Curated]]
_Change: TypeAlias = Callable[[sqlite3.Connection, History], Curated]


class SqliteCurator:
    """The curator port on one SQLite file. Made by `open_curator`. Reading takes no lock: nobody waits for it."""

    def __init__(self, reader: Reader, writer: Writer, clock: Clock) -> None:
        self._reader = reader
        self._writer = writer
        self._clock = clock

    async def explain(self, organization: OrganizationId | None, lane: Lane) -> Sequence[History]:
        """See the port."""
        return await self._reader.read(partial(curation.explain, organization=organization, lane=lane))

    async def find(self, selection: Selection, limit: int, *, after: Seq = START) -> Sequence[History]:
        """See the port."""
        return await self._reader.read(partial(curation.find, selection=selection, after=after, limit=limit))

    async def dead(self, organization: OrganizationId | None) -> Sequence[DeadGroup]:
        """See the port."""
        return await self._reader.read(partial(dead.groups, organization=organization))

    async def retry(self, selection: Selection) -> int:
        """See the port."""
        now = self._clock.now()
        parked = msgspec.structs.replace(selection, states=(State.PARKED,))
        changed = await self._change(parked, lambda db, history: curation.reopen(db, history, now, remap=None))
        return changed[Curated.MOVED]

    async def drop(self, selection: Selection) -> int:
        """See the port."""
        now = self._clock.now()
        parked = msgspec.structs.replace(selection, states=(State.PARKED,))
        changed = await self._change(parked, lambda db, history: curation.drop(db, history, now))
        return changed[Curated.MOVED]

    async def replay(self, selection: Selection, *, remap: bool) -> Replayed:
        """See the port."""
        now = self._clock.now()
        states = (State.DELIVERED, State.SUPPRESSED) if remap else (State.DELIVERED,)
        settled = msgspec.structs.replace(selection, states=states)
        changed = await self._change(settled, lambda db, history: curation.reopen(db, history, now, remap=remap))
        return Replayed(changed[Curated.MOVED], changed[Curated.WITHOUT_CONTENT])

    async def close(self) -> None:
        """Give the connections up."""
        await self._reader.close()
        await self._writer.close()

    async def _change(self, selection: Selection, change: _Change) -> Counter[Curated]:
        changed, after = Counter[Curated](), Seq(0)
        while True:
            portion = await self._writer.submit(partial(_portion, selection=selection, after=after, change=change))
            if portion is None:
                return changed
            after, changed = portion[0], changed + portion[1]


def _portion(db: sqlite3.Connection, selection: Selection, after: Seq, change: _Change) -> _Portion | None:
    found = curation.find(db, selection, after, _PORTION)
    return (found[-1].seq, Counter(change(db, history) for history in found)) if found else None


async def open_curator(data_dir: Path, clock: Clock) -> SqliteCurator:
    """Open the journal of a data directory, whether a service works on it or not.

    Raises InputError where there is no journal, and what `connect` raises.
    """
    await require_journal(data_dir)
    writer = Writer(connect(data_dir, beside=True), asyncio.get_running_loop())
    return SqliteCurator(Reader(data_dir), writer, clock)
