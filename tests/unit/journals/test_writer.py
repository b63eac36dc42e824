"""The writer thread: many operations share a commit, and one that fails takes none with it."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gladly_segment.core.errors import JournalUnavailableError, StaleClaimError
from gladly_segment.journals.sqlite.writer import Writer

PATIENCE_S = 30


class Gate:
    """Holds the writer thread up, so that what is submitted meanwhile waits together."""

    def __init__(self) -> None:
        self._reached = threading.Event()
        self._opened = threading.Event()

    def operation(self, _db: sqlite3.Connection) -> None:
        self.hold()

    def hold(self) -> None:
        self._reached.set()
        if not self._opened.wait(PATIENCE_S):
            raise TimeoutError("nobody opened the gate")

    async def reached(self) -> None:
        assert await asyncio.to_thread(self._reached.wait, PATIENCE_S)

    def open(self) -> None:
        self._opened.set()


@pytest.fixture
def db(tmp_path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(tmp_path / "db", isolation_level=None, check_same_thread=False)
    db.executescript("PRAGMA journal_mode = WAL; CREATE TABLE numbers (number INTEGER UNIQUE NOT NULL) STRICT")
    return db


@pytest.fixture
async def writer(db: sqlite3.Connection) -> AsyncIterator[Writer]:
    writer = Writer(db, asyncio.get_running_loop())
    yield writer
    await writer.close()


def insert(db: sqlite3.Connection, number: object) -> object:
    db.execute("INSERT INTO numbers VALUES (?)", (number,))
    return number


def numbers(db: sqlite3.Connection) -> list[int]:
    return [number for (number,) in db.execute("SELECT number FROM numbers ORDER BY rowid")]


def insert_and_fail(db: sqlite3.Connection, error: Exception) -> None:
    insert(db, 1000)
    raise error


def trace(db: sqlite3.Connection, statement: str, action: Callable[[], None]) -> None:
    db.set_trace_callback(lambda traced: action() if traced == statement else None)


async def submit_together(writer: Writer, operations: list[Callable[[sqlite3.Connection], Any]]) -> list[Any]:
    """Submit operations while the writer is busy, so that they make one group."""
    gate = Gate()
    submitted = [writer.submit(gate.operation)]
    await gate.reached()
    submitted += [writer.submit(operation) for operation in operations]
    gate.open()
    async with asyncio.timeout(PATIENCE_S):
        _, *results = await asyncio.gather(*submitted, return_exceptions=True)
    return results


async def test_what_waits_together_is_committed_together_in_order(writer: Writer, db: sqlite3.Connection) -> None:
    commits: list[None] = []
    trace(db, "COMMIT", lambda: commits.append(None))

    results = await submit_together(writer, [partial(insert, number=number) for number in range(300)])

    assert results == list(range(300)) == await writer.submit(numbers)
    of_the_gate, of_the_group, of_the_reading = 1, 1, 1
    assert len(commits) == of_the_gate + of_the_group + of_the_reading


async def test_nothing_is_acknowledged_before_the_commit(writer: Writer, db: sqlite3.Connection) -> None:
    gate = Gate()
    trace(db, "COMMIT", gate.hold)

    submitted = writer.submit(partial(insert, number=1))
    await gate.reached()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not submitted.done()

    gate.open()
    assert await submitted == 1


@pytest.mark.parametrize("error", [StaleClaimError("stale"), ValueError("unexpected"), RecursionError(), MemoryError()])
async def test_an_operation_that_raises_leaves_nothing_and_harms_nobody(writer: Writer, error: Exception) -> None:
    results = await submit_together(
        writer, [partial(insert, number=1), partial(insert_and_fail, error=error), partial(insert, number=2)]
    )

    assert results == [1, error, 2]
    assert await writer.submit(numbers) == [1, 2]


@pytest.mark.parametrize("impossible", [1, None, "text", 2**70, object()])
async def test_a_row_that_cannot_be_written_harms_nobody(writer: Writer, impossible: object) -> None:
    first, failed, last = await submit_together(
        writer, [partial(insert, number=1), partial(insert, number=impossible), partial(insert, number=2)]
    )

    assert isinstance(failed, JournalUnavailableError | OverflowError)
    assert (first, last) == (1, 2)
    assert await writer.submit(numbers) == [1, 2]


async def test_a_commit_that_fails_fails_the_whole_group_and_the_next_one_works(
    writer: Writer, db: sqlite3.Connection
) -> None:
    pages = await writer.submit(lambda db: db.execute("PRAGMA page_count").fetchone()[0])
    await writer.submit(lambda db: db.execute(f"PRAGMA max_page_count = {pages}"))
    many = [partial(insert, number=number) for number in range(500)]

    results = await submit_together(writer, [numbers, *many])

    assert {type(result) for result in results} == {JournalUnavailableError}
    await writer.submit(lambda db: db.execute("PRAGMA max_page_count = 1000000"))
    assert await writer.submit(numbers) == []
    assert await submit_together(writer, [*many]) == list(range(500))


@pytest.mark.parametrize("error", [sqlite3.OperationalError("disk I/O error"), sqlite3.InternalError("trouble")])
async def test_trouble_with_the_database_fails_the_whole_group(writer: Writer, error: sqlite3.Error) -> None:
    results = await submit_together(
        writer, [partial(insert, number=1), partial(insert_and_fail, error=error), partial(insert, number=2)]
    )

    assert [type(result) for result in results] == [JournalUnavailableError] * 3
    assert await writer.submit(numbers) == []


async def test_an_operation_runs_even_if_whoever_asked_waits_no_longer(writer: Writer) -> None:
    asked = writer.submit(partial(insert, number=1))
    asked.cancel()

    assert await writer.submit(numbers) == [1]


def test_a_loop_that_is_gone_does_not_trip_the_thread(db: sqlite3.Connection) -> None:
    gate = Gate()

    async def leave_without_closing() -> Writer:
        writer = Writer(db, asyncio.get_running_loop())
        writer.submit(gate.operation)
        writer.submit(partial(insert, number=1))
        await gate.reached()
        return writer

    writer = asyncio.run(leave_without_closing())
    gate.open()
    asyncio.run(writer.close())

    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        db.execute("SELECT 1")
