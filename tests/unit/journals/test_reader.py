"""Reading beside the writer: what goes wrong is told, and nothing is held."""

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gladly_segment.core.errors import InputError, JournalDamagedError, JournalUnavailableError, JournalVersionError
from gladly_segment.core.ids import Seq
from gladly_segment.journals.sqlite import SqliteJournal, open_changes
from gladly_segment.journals.sqlite.connect import FILE_NAME
from gladly_segment.journals.sqlite.reader import Reader, SqliteReceipts
from tests.support.receipts import receipt
from tests.unit.journals.beside import ask

if TYPE_CHECKING:
    from tests.unit.journals.conftest import Sqlite


async def test_what_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    reader = Reader(tmp_path)

    with pytest.raises(JournalUnavailableError):
        await SqliteReceipts(reader).receipt(Seq(1))
    with pytest.raises(InputError, match="there is no journal"):
        async with open_changes(tmp_path):
            pass

    await reader.close()


async def test_what_is_damaged_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 1_000)
    reader = Reader(tmp_path)

    with pytest.raises(JournalDamagedError):
        await SqliteReceipts(reader).receipt(Seq(1))

    await reader.close()


async def test_another_version_is_not_read(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).touch()
    reader = Reader(tmp_path)

    with pytest.raises(JournalVersionError):
        await SqliteReceipts(reader).receipt(Seq(1))

    await reader.close()


async def test_who_only_reads_the_changes_opens_nothing_that_can_write(
    journal: SqliteJournal, data_dir: Path, sqlite: "Sqlite"
) -> None:
    await journal.append(receipt("a"))
    opened_before = len(sqlite.connections)

    async with open_changes(data_dir) as changes:
        assert await changes.head() == 1
        [reading] = sqlite.connections[opened_before:]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reading.execute("DELETE FROM changes")
        await changes.trim(0)
        assert len(sqlite.connections) == opened_before + 2


async def test_between_two_looks_nothing_is_held(journal: SqliteJournal, data_dir: Path) -> None:
    await journal.append(receipt("a"))
    await journal.receipts.receipt(Seq(1))
    await journal.changes.after(0, 10)

    assert ask(data_dir, "PRAGMA wal_checkpoint(TRUNCATE)") == [(0, 0, 0)]
