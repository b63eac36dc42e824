"""The outcomes port on SQLite, beside the journal's writer."""

import sqlite3
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from gladly_segment.core.ids import ConversationId, MessageId, OrganizationId, ReceiptKey, Seq
from gladly_segment.core.lifecycle import Priority, State
from gladly_segment.core.moments import to_moment, to_ms
from gladly_segment.core.records import Source
from gladly_segment.journals.sqlite import forgotten
from gladly_segment.journals.sqlite.forgotten import MAPPED
from gladly_segment.journals.sqlite.reader import Reader
from gladly_segment.mapping.intake import conversation_lane
from gladly_segment.mapping.registry import MAPPINGS
from gladly_segment.ports.outcomes import Forgotten, Outcome

_COLUMNS: Final = "seq, key, lane, event_type, occurred_at_ms, event_id, source, state, reason, message_id"
_LANES: Final = conversation_lane(ConversationId(""))


class SqliteOutcomes:
    """The outcomes port."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def within(self, organization: OrganizationId, start: datetime, end: datetime) -> Sequence[Outcome]:
        """See the port."""
        return await self._reader.read(partial(_within, organization=organization, start=start, end=end))

    async def of(
        self, organization: OrganizationId, conversations: Sequence[ConversationId]
    ) -> Mapping[ConversationId, Sequence[Outcome]]:
        """See the port."""
        return await self._reader.read(partial(_of, organization=organization, conversations=conversations))

    async def forgotten(
        self, organization: OrganizationId, keys: Sequence[ReceiptKey]
    ) -> Mapping[ReceiptKey, Forgotten]:
        """See the port."""
        return await self._reader.read(partial(forgotten.forgotten, organization=organization, keys=keys))

    async def in_hand(self, organization: OrganizationId, priority: Priority) -> int:
        """See the port."""
        return await self._reader.read(partial(_in_hand, organization=organization, priority=priority))


@asynccontextmanager
async def open_outcomes(data_dir: Path) -> AsyncGenerator[SqliteOutcomes]:
    """Open a journal to reckon from it, whether a service works on it or not."""
    reader = Reader(data_dir)
    try:
        yield SqliteOutcomes(reader)
    finally:
        await reader.close()


def _within(db: sqlite3.Connection, organization: OrganizationId, start: datetime, end: datetime) -> Sequence[Outcome]:
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM receipts INDEXED BY receipts_occurred WHERE {MAPPED} AND organization = ?"  # noqa: S608
        " AND occurred_at_ms >= ? AND occurred_at_ms < ? ORDER BY occurred_at_ms, seq",
        (organization, to_ms(start), to_ms(end)),
    )
    return _outcomes(rows)


def _of(
    db: sqlite3.Connection, organization: OrganizationId, conversations: Sequence[ConversationId]
) -> Mapping[ConversationId, Sequence[Outcome]]:
    marks = ", ".join("?" * len(conversations))
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM receipts INDEXED BY receipts_by_lane WHERE organization = ? AND lane IN ({marks})"  # noqa: S608
        f" AND {MAPPED} ORDER BY seq",
        (organization, *map(conversation_lane, conversations)),
    )
    found: defaultdict[ConversationId, list[Outcome]] = defaultdict(list)
    for outcome in _outcomes(rows):
        found[outcome.conversation].append(outcome)
    return found


def _in_hand(db: sqlite3.Connection, organization: OrganizationId, priority: Priority) -> int:
    if priority is not Priority.LIVE:
        (count,) = db.execute(
            "SELECT count(*) FROM receipts INDEXED BY receipts_in_hand"
            " WHERE organization = ? AND priority = ? AND priority > 0 AND state IN ('received', 'ready')",
            (organization, priority),
        ).fetchone()
        return count
    # All but the others: for what is live there is no index, which each live event would have to pay for.
    (count,) = db.execute(
        "SELECT coalesce(sum(count), 0) FROM tallies WHERE organization = ? AND state IN ('received', 'ready')",
        (organization,),
    ).fetchone()
    return count - sum(_in_hand(db, organization, each) for each in Priority if each is not Priority.LIVE)


def _outcomes(rows: sqlite3.Cursor) -> list[Outcome]:
    # A mapped event that names no conversation is a dead letter from the beginning, in a lane of its own.
    return [_outcome(row) for row in rows.fetchall() if row[2].startswith(_LANES)]


def _outcome(row: tuple[Any, ...]) -> Outcome:
    return Outcome(
        seq=Seq(row[0]),
        key=ReceiptKey(row[1]),
        conversation=ConversationId(row[2].removeprefix(_LANES)),
        kind=MAPPINGS[row[3]].kind,
        occurred_at=None if row[4] is None else to_moment(row[4]),
        event_id=row[5],
        source=Source(row[6]),
        state=State(row[7]),
        reason=row[8],
        message_id=MessageId(row[9]),
    )
