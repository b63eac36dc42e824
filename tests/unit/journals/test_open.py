"""Opening and closing the SQLite journal: who may, what is made, and what is refused."""

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gladly_segment.core.errors import JournalInUseError, JournalUnavailableError, JournalVersionError
from gladly_segment.core.records import Appended
from gladly_segment.journals.sqlite import SqliteJournal
from tests.conformance.journal.drivers import DRIVERS
from tests.conformance.journal.other_process import working_elsewhere
from tests.support.journals import counts
from tests.support.receipts import receipt

if TYPE_CHECKING:
    from tests.unit.journals.conftest import OpenJournal, Sqlite


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def write_file(data_dir: Path, statements: str) -> None:
    data_dir.mkdir(exist_ok=True)
    with closing(sqlite3.connect(data_dir / "journal.sqlite")) as connection:
        connection.executescript(statements)


def no_database(data_dir: Path) -> Path:
    data_dir.mkdir()
    file = data_dir / "journal.sqlite"
    file.write_bytes(b"no database at all" * 1000)
    return file


def file_in_place_of(data_dir: Path) -> None:
    data_dir.write_text("")


def modes(data_dir: Path) -> dict[str, str]:
    return {path.name: oct(path.stat().st_mode & 0o777) for path in (data_dir, *data_dir.iterdir())}


async def test_every_commit_is_synced(journal: SqliteJournal, sqlite: "Sqlite") -> None:
    full = 2

    assert (sqlite.pragma("journal_mode"), sqlite.pragma("synchronous")) == ("wal", full)


@pytest.mark.usefixtures("no_umask")
async def test_nobody_else_may_read_what_is_made(data_dir: Path, open_here: "OpenJournal") -> None:
    journal = await open_here()
    await journal.append(receipt("a"))

    assert modes(data_dir) == {
        "data": "0o700",
        "lock": "0o600",
        "journal.sqlite": "0o600",
        "journal.sqlite-wal": "0o600",
        "journal.sqlite-shm": "0o600",
    }


async def test_a_second_process_is_refused_as_long_as_the_first_lives(data_dir: Path, open_here: "OpenJournal") -> None:
    async with working_elsewhere(DRIVERS["sqlite"], str(data_dir)):
        with pytest.raises(JournalInUseError, match="another gladly-segment works on"):
            await open_here()

    assert await counts(await open_here()) != {}


async def test_a_second_journal_in_the_same_process_is_refused_until_the_first_is_closed(
    open_here: "OpenJournal",
) -> None:
    first = await open_here()
    with pytest.raises(JournalInUseError):
        await open_here()

    await first.close()

    await open_here()


async def test_closing_again_takes_nothing_from_whoever_opened_it_since(
    journal: SqliteJournal, open_here: "OpenJournal"
) -> None:
    await journal.close()
    await open_here()

    await journal.close()

    with pytest.raises(JournalInUseError):
        await open_here()


async def test_a_journal_of_a_newer_version_is_refused_untouched(data_dir: Path, open_here: "OpenJournal") -> None:
    write_file(data_dir, "PRAGMA user_version = 99")

    with pytest.raises(JournalVersionError, match="schema version 99") as refusal:
        await open_here()

    assert refusal.value.hint
    with closing(sqlite3.connect(data_dir / "journal.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    write_file(data_dir, "PRAGMA user_version = 0")
    await open_here()


async def test_what_is_no_database_is_refused(data_dir: Path, open_here: "OpenJournal") -> None:
    file = no_database(data_dir)

    with pytest.raises(JournalUnavailableError, match="cannot be opened"):
        await open_here()

    file.unlink()
    await open_here()


async def test_a_file_in_place_of_the_directory_is_refused(data_dir: Path, open_here: "OpenJournal") -> None:
    file_in_place_of(data_dir)

    with pytest.raises(JournalUnavailableError, match="cannot be used") as refusal:
        await open_here()

    assert refusal.value.hint


async def test_a_journal_is_the_same_after_it_was_closed(journal: SqliteJournal, open_here: "OpenJournal") -> None:
    await journal.append(receipt("a"))
    await journal.close()

    assert await (await open_here()).append(receipt("a")) is Appended.DUPLICATE


async def test_closing_finishes_what_waits(journal: SqliteJournal, open_here: "OpenJournal") -> None:
    appending = [asyncio.create_task(journal.append(receipt(f"{number}"))) for number in range(50)]
    await asyncio.sleep(0)

    await journal.close()

    assert await asyncio.gather(*appending) == [Appended.NEW] * 50
    assert await counts(await open_here()) == {"received": 50}


async def test_a_closed_journal_takes_nothing(journal: SqliteJournal) -> None:
    await journal.close()

    with pytest.raises(JournalUnavailableError, match="closed"):
        async with asyncio.timeout(30):
            await journal.append(receipt("a"))
