"""`gladly-segment history`: how far it is, and making it anew."""

from pathlib import Path

import pytest

from gladly_segment.history.file import FILE_NAME
from gladly_segment.journals.sqlite import SqliteJournal
from tests.unit.cli.conftest import Command
from tests.unit.cli.lives import deliver

# Its guard against a forgotten `app([])`: here the arguments are those of the process, as they shall be.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")


def files_of(data_dir: Path) -> list[Path]:
    return list(data_dir.glob(f"{FILE_NAME}*"))


async def test_it_is_made_anew_and_tells_how_far_it_is(service: SqliteJournal, command: Command) -> None:
    await deliver(service)

    rebuilt = await command("history", "rebuild")
    [told] = (await command("history", "status", "--json")).documents
    in_words = await command("history", "status")

    assert (rebuilt.status, rebuilt.out.splitlines()[-1]) == (0, "the history has 1 events")
    size = told.pop("sizeBytes")
    assert told == {"events": 1, "behind": 0, "shed": 0, "rebuilt": None}
    assert f"bytes                         {size}" in in_words.out
    assert "none under way" in in_words.out


async def test_where_there_is_none_it_is_told_what_to_do(service: SqliteJournal, command: Command) -> None:
    ended = await command("history", "status")

    assert "there is no history" in ended.complaint
    assert "gladly-segment history rebuild" in ended.err


async def test_where_there_is_no_journal_nothing_is_made(command: Command, data_dir: Path) -> None:
    ended = await command("history", "rebuild")

    assert "there is no journal" in ended.complaint
    assert files_of(data_dir) == []


async def test_a_restored_journal_is_not_taken_for_the_one_before(
    service: SqliteJournal, command: Command, data_dir: Path, tmp_path: Path
) -> None:
    await deliver(service)
    backup = tmp_path / "backup.sqlite"
    await command("backup", backup)
    await command("history", "rebuild")
    assert files_of(data_dir) != []
    await service.close()

    await command("restore", backup, "--force")

    assert files_of(data_dir) == []


async def test_an_erasure_that_does_not_reach_the_history_is_not_complete(
    service: SqliteJournal, command: Command, data_dir: Path
) -> None:
    await deliver(service)
    (data_dir / FILE_NAME).mkdir()

    ended = await command("erase", "--organization", "shop", "--customer", "u-1", "--yes")

    assert ended.status == 1
    assert "Not complete: the history cannot be written anew, or somebody reads it." in ended.out
