"""What the SQLite journal asks of its disk: few commits, no scans, and patience when it is full."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gladly_segment.core.errors import JournalUnavailableError
from gladly_segment.core.identity import message_id
from gladly_segment.core.lifecycle import ParkCause, Stage, SuppressReason
from gladly_segment.core.records import Appended, Deferred, Delivered, Entry, MadeReady, Parked, Suppressed
from gladly_segment.journals.sqlite import SqliteJournal
from tests.support.clock import START
from tests.support.journals import counts
from tests.support.receipts import SHOP, receipt

if TYPE_CHECKING:
    from tests.unit.journals.conftest import Sqlite

ROWS = 10_000
LANES = 1_000


def made_ready(entries: Sequence[Entry]) -> Sequence[MadeReady]:
    return [MadeReady(entry.seq, b"{}", message_id(entry.key)) for entry in entries]


async def fill(journal: SqliteJournal) -> None:
    """Make a tenth of the rows ready, a tenth delivered, and leave the rest received."""
    rows = [receipt(f"{number}", lane=f"lane {number % LANES}") for number in range(ROWS)]
    await asyncio.gather(*(journal.append(row) for row in rows))
    await journal.settle(made_ready(await journal.claim(Stage.ENRICH, SHOP, ROWS // 5)))
    heads = await journal.claim(Stage.DELIVER, SHOP, ROWS)
    await journal.settle([Delivered(head.seq) for head in heads])


async def use_all_operations(journal: SqliteJournal) -> None:
    assert await journal.append(receipt("new", lane="lane 1")) is Appended.NEW
    assert await journal.append(receipt("1", lane="lane 1")) is Appended.DUPLICATE
    entries = await journal.claim(Stage.ENRICH, SHOP, 64)
    await journal.settle(
        [
            Deferred(entries[0].seq, START, counted=True),
            Suppressed(entries[1].seq, SuppressReason.CUSTOMER_DELETED),
            Parked(entries[2].seq, ParkCause.UNEXPECTED_ERROR),
            *made_ready(entries[3:]),
        ]
    )
    heads = await journal.claim(Stage.DELIVER, SHOP, 64)
    await journal.settle([Deferred(heads[0].seq, START, counted=True), *(Delivered(head.seq) for head in heads[1:])])
    await journal.tally()


def slow_steps(db: sqlite3.Connection, statement: str) -> list[str]:
    """Give the steps of a statement's plan whose cost grows with the number of receipts."""
    steps = [str(step[3]) for step in db.execute(f"EXPLAIN QUERY PLAN {statement}")]
    return [step for step in steps if step.startswith("SCAN receipts") or "TEMP B-TREE" in step]


async def test_no_operation_looks_at_all_receipts(journal: SqliteJournal, sqlite: "Sqlite", data_dir: Path) -> None:
    await fill(journal)
    statements: list[str] = []
    sqlite.connections[0].set_trace_callback(statements.append)

    await use_all_operations(journal)

    sqlite.connections[0].set_trace_callback(None)
    verbs = ("SELECT", "INSERT", "UPDATE", "DELETE")
    of_tables = [statement for statement in statements if statement.startswith(verbs)]
    assert {statement.split()[0] for statement in of_tables} == {"SELECT", "INSERT", "UPDATE"}
    with closing(sqlite3.connect(data_dir / "journal.sqlite")) as reading:
        assert {statement: steps for statement in of_tables if (steps := slow_steps(reading, statement))} == {}


async def test_a_statement_that_looks_at_all_receipts_would_be_found(journal: SqliteJournal, data_dir: Path) -> None:
    with closing(sqlite3.connect(data_dir / "journal.sqlite")) as reading:
        assert slow_steps(reading, "SELECT seq FROM receipts WHERE event_id = ''")
        assert slow_steps(reading, "SELECT seq FROM receipts WHERE organization = '' AND key > '' ORDER BY body")


async def test_appends_at_the_same_time_share_commits(journal: SqliteJournal, sqlite: "Sqlite") -> None:
    appending: list[asyncio.Task[Appended]] = []
    all_wait = asyncio.Event()
    loop = asyncio.get_running_loop()
    commits = 0

    def count_commits(statement: str) -> None:
        nonlocal commits
        if statement == "COMMIT":
            commits += 1
            # The first commit takes until all the others wait, as on a slow disk.
            asyncio.run_coroutine_threadsafe(all_wait.wait(), loop).result()

    sqlite.connections[0].set_trace_callback(count_commits)
    appending += [asyncio.create_task(journal.append(receipt(f"{number}"))) for number in range(400)]
    await asyncio.sleep(0)
    all_wait.set()

    assert await asyncio.gather(*appending) == [Appended.NEW] * 400
    assert commits <= 2


async def test_a_full_disk_refuses_and_once_there_is_room_all_goes_on(journal: SqliteJournal, sqlite: "Sqlite") -> None:
    big = b"x" * 30_000
    await journal.append(receipt("before"))
    [entry] = await journal.claim(Stage.ENRICH, SHOP, 1)
    settlement = MadeReady(entry.seq, big, message_id(entry.key))
    sqlite.pragma(f"max_page_count = {sqlite.pragma('page_count')}")

    with pytest.raises(JournalUnavailableError, match="full"):
        await journal.append(receipt("a", body=big))
    with pytest.raises(JournalUnavailableError, match="full"):
        await journal.settle([settlement])
    assert await counts(journal) == {"received": 1}

    sqlite.pragma("max_page_count = 1000000")

    assert await journal.append(receipt("a", body=big)) is Appended.NEW
    await journal.settle([settlement])
    assert await counts(journal) == {"received": 1, "ready": 1}


async def test_a_text_that_cannot_be_stored_is_refused_and_the_journal_goes_on(journal: SqliteJournal) -> None:
    half_a_surrogate_pair = "\ud800"
    with pytest.raises(UnicodeEncodeError):
        async with asyncio.timeout(30):
            await journal.append(receipt(half_a_surrogate_pair))

    assert await journal.append(receipt("a")) is Appended.NEW
