"""What `connect` refuses before anything is changed, each refusal provoked at the vendors' simulators."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.system.connecting import NAME, OTHER_KEY, TOKEN, WRITE_KEY, Bench, bench
from tests.unit.cli.conftest import Command, Ended

REFUSALS = [
    ("wrong token", {"kind": "status", "status": 401}, "wrong_token"),
    ("no permission", {"kind": "status", "status": 403}, "no_permission"),
    ("not for webhooks", {"kind": "status", "status": 403, "path_prefix": "/api/v1/webhooks"}, "no_permission"),
    ("wrong host", {"kind": "status", "status": 404, "body": "<html>"}, "not_gladly"),
    ("another organization's host", {"kind": "status", "status": 302}, "not_gladly"),
    ("not an API", {"kind": "status", "status": 200, "body": "<html>welcome</html>"}, "not_gladly"),
    ("out of order", {"kind": "status", "status": 503}, "gladly_unreachable"),
    ("no answer", {"kind": "reset"}, "gladly_unreachable"),
]


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings file, and nothing in the environment."""
    monkeypatch.chdir(tmp_path)
    for variable in ("GLADLY_USER", "GLADLY_TOKEN", "SEGMENT_WRITE_KEY"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as ready:
        yield ready


async def refused(command: Command, shop: Bench, *more: str, **but: str | None) -> tuple[str, Ended]:
    """Connect in vain: the reason, and what was said. No data directory is made."""
    ended = await command("connect", NAME, "--json", *more, *shop.flags(**but))
    assert ended.status == 2, ended.out
    assert ended.err.startswith("error: ")
    assert not any(secret in ended.out + ended.err for secret in (TOKEN, WRITE_KEY, OTHER_KEY))
    assert not shop.data_dir.exists()
    return msgspec.json.decode(ended.out.splitlines()[-1])["refused"], ended


@pytest.mark.parametrize(("rule", "reason"), [each[1:] for each in REFUSALS], ids=[each[0] for each in REFUSALS])
async def test_what_gladly_refuses_is_told_with_what_to_do(
    command: Command, shop: Bench, rule: dict[str, Any], reason: str
) -> None:
    await shop.gladly.misbehave(rule)

    told, ended = await refused(command, shop)

    assert told == reason
    assert ended.err.count("\n") == 2, "a sentence, and what to do"


async def test_a_token_that_gladly_does_not_know_is_refused(command: Command, shop: Bench) -> None:
    assert (await refused(command, shop, gladly_token_file=str(shop.directory / "other-key")))[0] == "wrong_token"


async def test_a_write_key_that_a_strict_host_does_not_know_is_refused(command: Command, tmp_path: Path) -> None:
    async with bench(tmp_path, strict=True) as shop:
        (tmp_path / "write-key").write_text("unknown-key")

        assert (await refused(command, shop))[0] == "write_key_refused"


@pytest.mark.parametrize(
    ("rule", "reason"),
    [({"status": 404}, "not_segment"), ({"status": 503}, "segment_unreachable"), ({"status": 302}, "not_segment")],
)
async def test_a_host_that_is_not_segments_is_refused(
    command: Command, shop: Bench, rule: dict[str, Any], reason: str
) -> None:
    await shop.segment.misbehave({"kind": "status", **rule})

    assert (await refused(command, shop))[0] == reason


async def test_a_public_url_that_cannot_work_is_refused(command: Command, shop: Bench) -> None:
    reason, ended = await refused(command, shop, public_url="https://hooks.example.com/hooks")

    assert reason == "input"
    assert "the public url's path is /hooks, and it must be /webhooks/shop" in ended.err


async def test_the_twenty_first_webhook_is_refused_naming_those_that_are_off(command: Command, shop: Bench) -> None:
    for number in range(20):
        await shop.register(url=f"https://hooks.example.com/{number}", name=f"old-{number:02}")

    reason, ended = await refused(command, shop)

    assert reason == "webhook_limit"
    assert "old-00" in ended.err


async def test_an_address_that_another_webhook_has_is_refused_naming_whose(command: Command, shop: Bench) -> None:
    await shop.register(url=shop.address, name="The old receiver")

    reason, ended = await refused(command, shop)

    assert reason == "url_taken"
    assert "The old receiver" in ended.err


async def test_a_file_that_cannot_be_read_is_named(command: Command, shop: Bench) -> None:
    missing = str(shop.directory / "nowhere")

    _, ended = await refused(command, shop, gladly_token_file=missing)

    assert f"gladly_token_file names {missing}, which cannot be read" in ended.err


@pytest.mark.parametrize("name", ["Shop", "a/b", ""])
async def test_a_name_that_is_no_subdomain_is_refused(command: Command, name: str) -> None:
    assert "is no organization's name" in (await command("connect", name)).complaint


async def test_a_setting_that_cannot_be_is_explained_as_everywhere(command: Command, shop: Bench) -> None:
    _, ended = await refused(command, shop, gladly_url="not a url")

    assert "organizations.shop.gladly_url" in ended.err


async def test_all_that_is_missing_is_named_at_once(command: Command) -> None:
    complaint = (await command("connect")).complaint

    for each in ("NAME", "--gladly-user", "GLADLY_TOKEN", "SEGMENT_WRITE_KEY", "--segment-region", "--public-url"):
        assert each in complaint


async def test_a_host_of_ones_own_needs_no_region(command: Command) -> None:
    complaint = (await command("connect", NAME, "--segment-host", "https://data.example.com")).complaint

    assert "--segment-region" not in complaint


async def test_secrets_may_come_from_the_environment(
    command: Command, shop: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLADLY_USER", "api@shop.example")
    monkeypatch.setenv("GLADLY_TOKEN", TOKEN)
    monkeypatch.setenv("SEGMENT_WRITE_KEY", WRITE_KEY)
    without = {"gladly_user": None, "gladly_token_file": None, "segment_write_key_file": None}

    reason, ended = await refused(command, shop, **without, public_url="https://hooks.example.com/elsewhere")

    assert reason == "input"
    assert '"step":"test_event","outcome":"ok"' in ended.out


async def test_one_that_is_not_connected_is_disconnected_already(command: Command) -> None:
    ended = await command("disconnect", NAME, "--json")

    assert ended.documents == [
        {
            "step": "declaration",
            "outcome": "unchanged",
            "detail": "shop is not connected: there is nothing to undo",
        }
    ]
