"""`gladly-segment actions`: who changed what."""

from pathlib import Path

import pytest

from gladly_segment.core.ids import OrganizationId
from gladly_segment.journals.sqlite import SqliteJournal
from gladly_segment.ports.registry import Action
from tests.support.clock import START
from tests.support.receipts import OTHER_SHOP, SHOP
from tests.unit.cli.conftest import Command

# Its guard against a forgotten `app([])`: here the arguments are those of the process, as they shall be.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")


async def note(service: SqliteJournal, organization: OrganizationId | None, what: str, detail: str = "") -> None:
    action = Action(at=START, organization=organization, by="ann", what=what, detail=detail)
    await service.registry.note_action(action)


async def test_actions_are_shown_newest_first(service: SqliteJournal, command: Command) -> None:
    await note(service, SHOP, "paused")
    await note(service, None, "secrets_rotated", "2 records")

    ended = await command("actions")

    assert ended.status == 0
    assert [line.split() for line in ended.out.splitlines()[1:]] == [
        ["2026-03-01T12:00:00.000Z", "all", "ann", "secrets_rotated", "2", "records"],
        ["2026-03-01T12:00:00.000Z", "shop", "ann", "paused"],
    ]


async def test_json_has_the_same_one_a_line(service: SqliteJournal, command: Command) -> None:
    await note(service, SHOP, "paused")

    [document] = (await command("actions", "--json")).documents

    assert document == {
        "at": "2026-03-01T12:00:00Z",
        "organization": "shop",
        "by": "ann",
        "what": "paused",
        "detail": "",
    }


async def test_they_are_restricted_to_an_organization_and_to_the_latest(
    service: SqliteJournal, command: Command
) -> None:
    for number in range(3):
        await note(service, SHOP, f"did {number}")
    await note(service, OTHER_SHOP, "paused")

    documents = (await command("actions", "--json", "--organization", SHOP, "--limit", 2)).documents

    assert [each["what"] for each in documents] == ["did 2", "did 1"]


async def test_where_nobody_changed_anything_it_says_so(service: SqliteJournal, command: Command) -> None:
    assert (await command("actions")).out == "Nobody changed anything yet.\n"
    assert (await command("actions", "--json")).out == ""


async def test_what_comes_from_outside_is_no_markup(service: SqliteJournal, command: Command) -> None:
    await note(service, SHOP, "[bold]loud[/bold]", "[/]")

    assert "[bold]loud[/bold] " in (await command("actions")).out


async def test_without_a_journal_none_is_made(command: Command, tmp_path: Path) -> None:
    assert "there is no journal" in (await command("actions", "--data-dir", tmp_path / "nowhere")).complaint
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("limit", ["0", "10001", "many"])
async def test_a_limit_has_bounds(service: SqliteJournal, command: Command, limit: str) -> None:
    assert (await command("actions", "--limit", limit)).status == 2
