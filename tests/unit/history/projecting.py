"""A journal with a history beside it, and looks into both."""

import sqlite3
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import msgspec

from gladly_segment.core.identity import message_id
from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.records import Delivered, Entry, MadeReady
from gladly_segment.history import Bell, Projector, SqliteHistory
from gladly_segment.history.file import FILE_NAME
from gladly_segment.history.store import Standpoint
from gladly_segment.journals.sqlite import SqliteJournal, open_journal
from gladly_segment.ports.history import Event, Search
from tests.support.clock import ManualClock
from tests.support.receipts import SHOP

EVERYTHING = 100_000


def track(customer: str, **properties: object) -> bytes:
    """Write a track event as far as the history reads it."""
    return msgspec.json.encode(
        {"event": "Gladly Conversation Closed", "userId": customer, "properties": properties, "type": "track"}
    )


def made_ready(entry: Entry, payload: bytes) -> MadeReady:
    return MadeReady(entry.seq, payload, message_id(entry.key))


class Beside:
    """A journal, the projector of its history and its reader."""

    def __init__(self, data_dir: Path, clock: ManualClock, journal: SqliteJournal) -> None:
        self.data_dir = data_dir
        self.clock = clock
        self.journal = journal
        self.projector = Projector(data_dir, journal.changes, clock)
        self.history = SqliteHistory(data_dir, journal.changes.head, Bell())

    async def follow(self) -> Standpoint:
        """Take over everything there is."""
        now, is_all = await self.projector.step()
        while not is_all:
            now, is_all = await self.projector.step(now)
        return now

    async def enrich(self, payload: bytes) -> None:
        """Make ready all that is received."""
        entries = await self.journal.claim(Stage.ENRICH, SHOP, EVERYTHING)
        await self.journal.settle([made_ready(each, payload) for each in entries])

    async def deliver(self) -> None:
        """Deliver all that is ready and first in its lane."""
        entries = await self.journal.claim(Stage.DELIVER, SHOP, EVERYTHING)
        await self.journal.settle([Delivered(each.seq) for each in entries])

    async def found(self, text: str = "", **fields: Any) -> list[int]:
        """Follow, and give the places in the log of what is found."""
        await self.follow()
        return [each.seq for each in (await self.history.search(Search(text=text, **fields), EVERYTHING)).events]

    async def event(self, seq: int) -> Event:
        """Follow, and give one event."""
        await self.follow()
        [event] = [each for each in (await self.history.search(Search(), EVERYTHING)).events if each.seq == seq]
        return event

    async def close(self) -> None:
        await self.history.close()
        await self.projector.close()


@asynccontextmanager
async def opened(data_dir: Path) -> AsyncGenerator[Beside]:
    clock = ManualClock()
    journal = await open_journal(data_dir, clock)
    beside = Beside(data_dir, clock, journal)
    try:
        yield beside
    finally:
        await beside.close()
        await journal.close()


def content_of(data_dir: Path) -> dict[str, Sequence[tuple[Any, ...]]]:
    """Give everything that a history tells, but for the order of its changes."""
    with closing(sqlite3.connect(data_dir / FILE_NAME)) as db:
        found = {
            "events": db.execute(
                "SELECT seq, organization, source, event_type, event, state, reason, received_ms, occurred_ms,"
                " ended_ms, attempts, customer, customer_name, conversation, message_id, event_id, texts"
                " FROM events JOIN kinds ON id = kind ORDER BY seq"
            ).fetchall(),
            "kinds": db.execute(
                "SELECT organization, source, event_type, event, state, reason, events FROM kinds WHERE events != 0"
                " ORDER BY 1, 2, 3, 4, 5, 6"
            ).fetchall(),
            "counts": db.execute("SELECT * FROM counts ORDER BY 1, 2, 3, 4, 5").fetchall(),
            "latencies": db.execute("SELECT * FROM latencies ORDER BY 1, 2, 3, 4").fetchall(),
        }
        return {**found, "words": words_in(db)}


def words_in(db: sqlite3.Connection) -> Sequence[tuple[Any, ...]]:
    """Give each word of the index with the events that it knows to have it."""
    found: list[tuple[Any, ...]] = []
    for (number,) in db.execute("SELECT number FROM partitions").fetchall():
        db.execute(f"CREATE VIRTUAL TABLE temp.terms_{number} USING fts5vocab(main, words_{number}, instance)")
        found += db.execute(f"SELECT term, doc FROM temp.terms_{number}").fetchall()  # noqa: S608 - our own text
    return sorted(set(found))
