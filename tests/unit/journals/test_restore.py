"""The way back from a backup of the SQLite journal."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from gladly_segment.core.errors import (
    InputError,
    JournalDamagedError,
    JournalInUseError,
    JournalUnavailableError,
    JournalVersionError,
)
from gladly_segment.core.lifecycle import Stage
from gladly_segment.journals.sqlite import back_up, restore
from tests.support.journals import counts
from tests.support.receipts import SHOP, receipt
from tests.unit.journals.beside import content, opened
from tests.unit.journals.files import damage, fill, full_disk, keys_in, mode_of, names_in


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """Where the backup goes."""
    return tmp_path / "backup.sqlite"


def let_others_read(file: Path) -> None:
    file.chmod(0o644)


async def test_what_was_backed_up_is_restored_and_goes_on(data_dir: Path, backup: Path, tmp_path: Path) -> None:
    await fill(data_dir, "a", "b")
    back_up(data_dir, backup)
    new = tmp_path / "new"

    assert restore(backup, new, force=False) is None

    assert content(new) == content(data_dir)
    async with opened(new) as journal:
        assert [entry.key for entry in await journal.claim(Stage.ENRICH, SHOP, 10)] == ["a", "b"]


@pytest.mark.usefixtures("no_umask")
async def test_nobody_else_may_read_what_is_restored(data_dir: Path, backup: Path) -> None:
    await fill(data_dir, "a")
    back_up(data_dir, backup)
    let_others_read(backup)

    kept = restore(backup, data_dir, force=True)

    assert kept is not None
    assert (mode_of(data_dir / "journal.sqlite"), mode_of(kept)) == ("0o600", "0o700")


async def test_a_running_service_is_left_in_peace(data_dir: Path, backup: Path) -> None:
    async with opened(data_dir) as journal:
        await journal.append(receipt("a"))
        back_up(data_dir, backup)
        await journal.append(receipt("b"))

        with pytest.raises(JournalInUseError):
            restore(backup, data_dir, force=True)

        assert await counts(journal) == {"received": 2}
        await journal.append(receipt("c"))
    assert names_in(data_dir) == {"journal.sqlite", "lock"}


async def test_a_journal_that_is_there_is_replaced_only_by_force_and_kept(data_dir: Path, backup: Path) -> None:
    await fill(data_dir, "a")
    back_up(data_dir, backup)
    await fill(data_dir, "b")

    with pytest.raises(InputError, match="there is a journal in") as refusal:
        restore(backup, data_dir, force=False)
    assert "--force" in refusal.value.hint
    assert keys_in(data_dir / "journal.sqlite") == ["a", "b"]

    first = restore(backup, data_dir, force=True)
    await fill(data_dir, "c")
    second = restore(backup, data_dir, force=True)

    assert keys_in(data_dir / "journal.sqlite") == ["a"]
    assert first is not None
    assert second is not None
    assert [keys_in(kept / "journal.sqlite") for kept in (first, second)] == [["a", "b"], ["a", "c"]]


def copy_files(data_dir: Path, elsewhere: Path) -> None:
    elsewhere.mkdir()
    for file in data_dir.glob("journal.sqlite*"):
        shutil.copy2(file, elsewhere)


async def killed(data_dir: Path, elsewhere: Path, *keys: str) -> None:
    """Leave a journal behind as a kill does: what was appended is still in its log."""
    async with opened(data_dir) as journal:
        for key in keys:
            await journal.append(receipt(key))
        copy_files(data_dir, elsewhere)


async def test_the_log_of_a_killed_service_goes_with_its_journal(data_dir: Path, backup: Path, tmp_path: Path) -> None:
    await fill(data_dir, "a")
    back_up(data_dir, backup)
    crashed = tmp_path / "crashed"
    await killed(tmp_path / "other", crashed, "x", "y")

    kept = restore(backup, crashed, force=True)

    assert kept is not None
    assert keys_in(crashed / "journal.sqlite") == ["a"]
    assert keys_in(kept / "journal.sqlite") == ["x", "y"]


async def test_a_log_without_its_journal_does_not_get_into_the_restored_one(
    data_dir: Path, backup: Path, tmp_path: Path
) -> None:
    await fill(data_dir, "a")
    back_up(data_dir, backup)
    crashed = tmp_path / "crashed"
    await killed(tmp_path / "other", crashed, "x", "y")
    (crashed / "journal.sqlite").unlink()

    restore(backup, crashed, force=True)

    assert keys_in(crashed / "journal.sqlite") == ["a"]


async def test_a_backup_with_a_log_beside_it_is_restored_whole(data_dir: Path, tmp_path: Path) -> None:
    kept = tmp_path / "replaced-1"
    await killed(tmp_path / "other", kept, "x", "y")

    restore(kept / "journal.sqlite", data_dir, force=False)

    assert keys_in(data_dir / "journal.sqlite") == ["x", "y"]


async def test_where_there_is_no_room_the_former_journal_stays(data_dir: Path, backup: Path) -> None:
    await fill(data_dir, "a")
    back_up(data_dir, backup)
    await fill(data_dir, "b")

    with full_disk(), pytest.raises(JournalUnavailableError, match="could not be restored"):
        restore(backup, data_dir, force=True)

    assert keys_in(data_dir / "journal.sqlite") == ["a", "b"]
    assert names_in(data_dir) == {"journal.sqlite", "lock"}


def no_database(file: Path) -> None:
    file.write_bytes(b"no database at all" * 1000)


def empty(file: Path) -> None:
    file.write_bytes(b"")


def another_database(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as db:
        db.executescript("CREATE TABLE songs (title)")


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


@pytest.mark.parametrize("spoil", [damage, cut, no_database, empty, another_database])
async def test_what_is_no_sound_journal_replaces_none(
    data_dir: Path, backup: Path, spoil: Callable[[Path], None]
) -> None:
    await fill(data_dir, *(f"{number}" for number in range(500)))
    back_up(data_dir, backup)
    before: Sequence[str] = content(data_dir)
    spoil(backup)

    with pytest.raises((JournalDamagedError, InputError), match=r"backup\.sqlite"):
        restore(backup, data_dir, force=True)

    assert content(data_dir) == before


async def test_a_backup_of_a_newer_version_replaces_nothing(data_dir: Path, backup: Path) -> None:
    await fill(data_dir, "a")
    back_up(data_dir, backup)
    with closing(sqlite3.connect(backup)) as db:
        db.execute("PRAGMA user_version = 99")

    with pytest.raises(JournalVersionError, match="99"):
        restore(backup, data_dir, force=True)

    assert keys_in(data_dir / "journal.sqlite") == ["a"]


def test_a_backup_that_is_not_there_is_no_backup(data_dir: Path, backup: Path) -> None:
    with pytest.raises(InputError, match="there is no backup"):
        restore(backup, data_dir, force=True)

    assert not data_dir.exists()


async def test_where_nothing_can_be_restored_to_it_says_so(data_dir: Path, backup: Path, tmp_path: Path) -> None:
    await fill(data_dir, "a")
    back_up(data_dir, backup)
    (tmp_path / "a file").write_text("")

    with pytest.raises(JournalUnavailableError, match="could not be restored"):
        restore(backup, tmp_path / "a file", force=True)
