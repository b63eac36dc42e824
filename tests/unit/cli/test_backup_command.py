"""`gladly-segment backup` and `restore`."""

from pathlib import Path

import pytest

from gladly_segment.journals.sqlite import SqliteJournal
from gladly_segment.spool import SqliteBackfills
from tests.support.clock import ManualClock
from tests.support.journals import counts
from tests.unit.cli.conftest import Command
from tests.unit.cli.lives import closed, deliver, receive
from tests.unit.journals.beside import ask, opened
from tests.unit.spool.orders import an_order

# Its guard against a forgotten `app([])`: here the arguments are those of the process, as they shall be.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    return tmp_path / "a [x] backup.sqlite"


def states(data_dir: Path) -> list[str]:
    return [state for (state,) in ask(data_dir, "SELECT state FROM receipts ORDER BY seq")]


def size_of(file: Path) -> int:
    return file.stat().st_size


async def test_a_backup_is_made_beside_the_service(service: SqliteJournal, command: Command, backup: Path) -> None:
    await deliver(service)

    ended = await command("backup", backup)

    assert (ended.status, ended.out) == (0, f"{backup}: {size_of(backup)} bytes\n")
    assert (await command("backup", backup)).complaint == f"{backup} is there already"


async def test_a_restored_journal_has_no_backfills_that_the_one_before_was_given(
    command: Command, data_dir: Path, backup: Path
) -> None:
    async with opened(data_dir):
        await command("backup", backup)
    backfills = SqliteBackfills(data_dir, ManualClock())
    await backfills.order(an_order())

    ended = await command("restore", backup, "--force")

    assert ended.status == 0
    assert await backfills.latest() == ()
    await backfills.close()


async def test_a_running_service_cannot_be_restored(service: SqliteJournal, command: Command, backup: Path) -> None:
    await deliver(service)
    await command("backup", backup)

    assert "another gladly-segment works on" in (await command("restore", backup, "--force")).complaint

    assert (await counts(service))["delivered"] == 1


async def test_a_restored_journal_goes_on_where_the_backup_was_made(
    command: Command, data_dir: Path, backup: Path
) -> None:
    async with opened(data_dir) as journal:
        await receive(journal, closed("c-1"))
        await command("backup", backup)
        await deliver(journal, closed("c-2"))

    assert "there is a journal in" in (await command("restore", backup)).complaint
    assert states(data_dir) == ["delivered", "delivered"]
    ended = await command("restore", backup, "--force")

    kept = data_dir / "replaced-1"
    assert (ended.status, ended.out) == (0, f"restored {data_dir}; the former journal is {kept}\n")
    assert (states(data_dir), states(kept)) == (["received"], ["delivered", "delivered"])


async def test_a_new_directory_is_restored_to_without_force(command: Command, data_dir: Path, backup: Path) -> None:
    async with opened(data_dir.with_name("elsewhere")) as journal:
        await receive(journal)
        await command("backup", backup, "--data-dir", data_dir.with_name("elsewhere"))

    ended = await command("restore", backup)

    assert (ended.status, ended.out.splitlines()[0]) == (0, f"restored {data_dir}")
    assert "erase them again, with gladly-segment erase" in ended.out
    assert states(data_dir) == ["received"]


async def test_whom_the_former_journal_had_erased_is_erased_in_the_restored_one(
    command: Command, data_dir: Path, backup: Path
) -> None:
    async with opened(data_dir) as journal:
        await deliver(journal)
        await command("backup", backup)
        await command("erase", "--organization=shop", "--customer=u-1", "--yes")

    ended = await command("restore", backup, "--force")

    assert ended.out.splitlines()[1] == "1 receipts of customers erased since the backup were erased again"
    assert ask(data_dir, "SELECT body, payload FROM receipts") == [(b"", b"")]


async def test_where_there_is_no_journal_there_is_no_backup(command: Command, backup: Path) -> None:
    assert "there is no journal in" in (await command("backup", backup)).complaint
    assert "there is no backup" in (await command("restore", backup)).complaint
