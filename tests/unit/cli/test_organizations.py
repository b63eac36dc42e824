"""Organizations by command: what is kept, what is shown, and what is refused."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gladly_segment.journals.sqlite import SqliteJournal
from tests.support.receipts import receipt
from tests.unit.cli.conftest import Command, Ended

ORDERS = "organizations"
TABLE = """
gladly_user = "api@acme.example"
gladly_token = "canary-token"
segment_write_key = "canary-write-key"
segment_region = "eu"
webhook_username = "gladly"
webhook_passwords = ["canary-password"]
"""


@pytest.fixture(autouse=True)
def own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings but a test's own."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "acme.toml"
    file.write_text(TABLE)
    return file


def write(table: Path, content: str) -> None:
    table.write_text(content)


def settings_file(tmp_path: Path) -> None:
    (tmp_path / "gladly-segment.toml").write_text(f"[organizations.of-the-file]\n{TABLE}")


def documents(ended: Ended) -> Sequence[dict[str, Any]]:
    return [json.loads(line) for line in ended.out.splitlines()]


async def test_without_any_the_way_to_begin_is_told(command: Command) -> None:
    assert "gladly-segment connect" in (await command(ORDERS, "list")).out


async def test_what_is_added_is_listed_and_shown_without_its_secrets(command: Command, table: Path) -> None:
    added = await command(ORDERS, "add", "acme", table)
    listed = await command(ORDERS, "list")
    shown = await command(ORDERS, "show", "acme")

    assert "A key was made" in added.out
    assert "acme is declared" in added.out
    assert "acme" in listed.out
    assert "registry" in listed.out
    assert "eu" in listed.out
    assert "api@acme.example" in shown.out
    assert "added by person" in shown.out
    assert "********" in shown.out
    assert "canary" not in added.out + listed.out + shown.out


async def test_json_has_one_document_for_each(command: Command, table: Path, tmp_path: Path) -> None:
    await command(ORDERS, "add", "acme", table)
    settings_file(tmp_path)

    found = documents(await command(ORDERS, "list", "--json"))

    assert [(each["name"], each["origin"], each["paused"]) for each in found] == [
        ("acme", "registry", False),
        ("of-the-file", "file", False),
    ]
    assert "canary" not in json.dumps(found)


async def test_one_that_is_there_is_changed_only_with_replace(command: Command, table: Path) -> None:
    await command(ORDERS, "add", "acme", table)
    write(table, TABLE.replace('"eu"', '"us"'))

    refused = await command(ORDERS, "add", "acme", table)
    assert refused.complaint == "there is an organization acme already"

    await command(ORDERS, "add", "acme", table, "--replace")
    (found,) = documents(await command(ORDERS, "show", "acme", "--json"))
    assert found["settings"]["segment_region"] == "us"


async def test_one_of_the_settings_is_changed_there(command: Command, table: Path, tmp_path: Path) -> None:
    settings_file(tmp_path)

    added = await command(ORDERS, "add", "of-the-file", table, "--replace")
    removed = await command(ORDERS, "remove", "of-the-file", "--yes")

    assert added.complaint == "of-the-file is declared in the settings already"
    assert removed.complaint == "of-the-file is declared in the settings"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (TABLE.replace('"eu"', '"asia"'), "the setting organizations.acme.segment_region is"),
        (TABLE.replace("gladly_user", "gladly_usr"), "the setting organizations.acme.gladly_usr is unknown"),
        ("= 1", "is not TOML"),
    ],
)
async def test_a_file_that_cannot_be_used_declares_nothing(
    command: Command, table: Path, content: str, complaint: str
) -> None:
    write(table, content)

    assert complaint in (await command(ORDERS, "add", "acme", table)).complaint
    assert "No organizations" in (await command(ORDERS, "list")).out


@pytest.mark.parametrize("name", ["Acme", "a_b", "a/b", "", "a" * 64])
async def test_a_name_that_is_no_subdomain_is_refused(command: Command, table: Path, name: str) -> None:
    assert "is no organization's name" in (await command(ORDERS, "add", name, table)).complaint


async def test_a_file_that_is_not_there_is_named(command: Command, tmp_path: Path) -> None:
    missing = tmp_path / "nowhere.toml"

    complaint = (await command(ORDERS, "add", "acme", missing)).complaint

    assert complaint == f"{missing} cannot be read: No such file or directory"


@pytest.mark.parametrize("order", ["show", "pause", "resume", "remove"])
async def test_one_that_is_not_there_is_named_with_those_that_are(command: Command, table: Path, order: str) -> None:
    await command(ORDERS, "add", "acme", table)

    ended = await command(ORDERS, order, "amce")

    assert ended.complaint == "there is no organization amce"
    assert "known are: acme" in ended.err


async def test_a_pause_is_shown_until_it_ends(command: Command, table: Path) -> None:
    await command(ORDERS, "add", "acme", table)

    await command(ORDERS, "pause", "acme")
    assert documents(await command(ORDERS, "list", "--json"))[0]["paused"]

    await command(ORDERS, "resume", "acme")
    assert not documents(await command(ORDERS, "list", "--json"))[0]["paused"]
    shown = (await command(ORDERS, "show", "acme")).out
    assert shown.index("resumed by person") < shown.index("paused by person") < shown.index("added by person")


async def test_what_is_removed_is_gone_with_its_credentials(command: Command, table: Path) -> None:
    await command(ORDERS, "add", "acme", table)

    ended = await command(ORDERS, "remove", "acme", "--yes")

    assert "acme is removed" in ended.out
    assert "No organizations" in (await command(ORDERS, "list")).out


async def test_removing_asks_and_nobody_is_there_to_answer(command: Command, table: Path) -> None:
    await command(ORDERS, "add", "acme", table)

    ended = await command(ORDERS, "remove", "acme")

    assert "nobody is there to ask" in ended.complaint
    assert "--yes" in ended.err


async def test_removing_beside_the_service_leaves_what_was_received(
    service: SqliteJournal, command: Command, table: Path
) -> None:
    await command(ORDERS, "add", "acme", table)
    await service.append(receipt("closed"))

    await command(ORDERS, "remove", "acme", "--yes")

    assert sum(tally.count for tally in await service.tally()) == 1
