"""Copies of the SQLite journal."""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from gladly_segment.core.errors import InputError, JournalDamagedError, JournalUnavailableError
from gladly_segment.journals.sqlite import SqliteJournal, back_up
from tests.support.receipts import receipt
from tests.unit.journals.beside import ask, opened
from tests.unit.journals.files import damage, fill, full_disk, keys_in, mode_of, names_in

STEPS_ENOUGH: Final = 20
MOST_APPENDED: Final = 2_000
MANY: Final = 2_000


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """Where the backup goes."""
    return tmp_path / "backup.sqlite"


def write(file: Path, text: str) -> None:
    file.write_text(text)


def read(file: Path) -> str:
    return file.read_text()


class Busy:
    """A service that takes event after event, and remembers which it acknowledged."""

    def __init__(self, journal: SqliteJournal) -> None:
        self.acknowledged: list[str] = []
        self.enough = asyncio.Event()
        self.many = asyncio.Event()
        self._journal = journal

    async def append(self, name: str) -> None:
        number = 0
        # Bounded, so that a backup that waits for silence is found out and not waited for.
        while not self.enough.is_set() and number < MOST_APPENDED:
            await self._journal.append(receipt(f"{name}-{number}", body=b'"' + b"x" * 2000 + b'"'))
            self.acknowledged.append(f"{name}-{number}")
            number += 1
            if len(self.acknowledged) == MANY:
                self.many.set()


async def test_a_backup_beside_a_busy_service_holds_all_that_was_acknowledged(data_dir: Path, backup: Path) -> None:
    async with opened(data_dir) as journal, asyncio.TaskGroup() as appending:
        busy = Busy(journal)
        for name in "abcdefgh":
            appending.create_task(busy.append(name))
        await busy.many.wait()
        before = set(busy.acknowledged)

        await asyncio.to_thread(back_up, data_dir, backup)

        assert len(busy.acknowledged) < 8 * MOST_APPENDED, "it waited until nothing was written any more"
        busy.enough.set()
    copied = keys_in(backup)
    assert before <= set(copied)
    # A moment of the log, not a mixture of several.
    assert copied == keys_in(data_dir / "journal.sqlite")[: len(copied)]
    with closing(sqlite3.connect(backup)) as db:
        assert db.execute("PRAGMA quick_check").fetchall() == [("ok",)]


def written_meanwhile(write: Callable[[], object]) -> type[sqlite3.Connection]:
    """Make connections whose every step of a backup is followed by somebody's commit."""

    class WrittenMeanwhile(sqlite3.Connection):
        def backup(self, target: sqlite3.Connection, *arguments: Any, **options: Any) -> None:
            steps = 0

            def after_a_step(_status: int, _remaining: int, _total: int) -> None:
                nonlocal steps
                steps += 1
                if steps > STEPS_ENOUGH:
                    raise AssertionError("the backup begins anew again and again")
                write()

            super().backup(target, *arguments, progress=after_a_step, **options)

    return WrittenMeanwhile


async def test_a_backup_comes_to_its_end_however_much_is_written(
    data_dir: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(data_dir, *(f"{number}" for number in range(1000)), body=b'"' + b"x" * 10_000 + b'"')
    connections = written_meanwhile(lambda: ask(data_dir, "UPDATE tallies SET count = count + 1"))
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=connections))

    back_up(data_dir, backup)

    assert len(keys_in(backup)) == 1000


@pytest.mark.usefixtures("no_umask")
async def test_a_backup_is_one_file_that_nobody_else_may_read(data_dir: Path, backup: Path) -> None:
    await fill(data_dir, "a")

    back_up(data_dir, backup)

    assert names_in(backup.parent) == {"data", "backup.sqlite"}
    assert mode_of(backup) == "0o600"


async def test_what_is_there_already_is_not_overwritten(data_dir: Path, backup: Path) -> None:
    await fill(data_dir, "a")
    write(backup, "precious")

    with pytest.raises(InputError, match="is there already"):
        back_up(data_dir, backup)

    assert read(backup) == "precious"


def test_where_there_is_no_journal_there_is_nothing_to_copy(data_dir: Path, backup: Path) -> None:
    with pytest.raises(InputError, match="there is no journal in"):
        back_up(data_dir, backup)

    assert not backup.exists()


async def test_where_a_backup_cannot_be_written_it_says_so(data_dir: Path, tmp_path: Path) -> None:
    await fill(data_dir, "a")
    (tmp_path / "a file").write_text("")

    for directory in ("missing", "a file"):
        with pytest.raises(JournalUnavailableError, match="could not be copied to"):
            back_up(data_dir, tmp_path / directory / "backup.sqlite")


async def test_a_backup_that_does_not_fit_leaves_nothing_behind(data_dir: Path, backup: Path) -> None:
    await fill(data_dir, "a")

    with full_disk(), pytest.raises(JournalUnavailableError, match="could not be copied to"):
        back_up(data_dir, backup)

    assert names_in(backup.parent) == {"data"}


async def test_what_an_earlier_backup_left_half_done_is_in_nobody_s_way(data_dir: Path, backup: Path) -> None:
    await fill(data_dir, "a")
    backup.with_name("backup.sqlite.part").write_text("half of it")

    back_up(data_dir, backup)

    assert keys_in(backup) == ["a"]
    assert names_in(backup.parent) == {"data", "backup.sqlite"}


async def test_a_damaged_journal_gives_no_backup(data_dir: Path, backup: Path) -> None:
    await fill(data_dir, *(f"{number}" for number in range(500)))
    damage(data_dir / "journal.sqlite")

    with pytest.raises(JournalDamagedError):
        back_up(data_dir, backup)

    assert names_in(backup.parent) == {"data"}
