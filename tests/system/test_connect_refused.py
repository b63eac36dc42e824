"""What each refusal of `connect` says, and that it leaves nothing behind."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.system.canaries import Canary
from tests.system.connecting import (
    NAME,
    TOKEN,
    USER,
    WRITE_KEY,
    Bench,
    Stranger,
    bench,
    listening_stranger,
    serving,
    texts_in,
)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as ready:
        yield ready


@pytest.fixture
async def stranger() -> AsyncIterator[Stranger]:
    async with listening_stranger() as listening:
        yield listening


async def test_with_yes_another_webhook_at_the_address_is_taken_over(shop: Bench) -> None:
    former = await shop.register(url=shop.address, name="The old receiver")

    async with serving(shop):
        ended = await shop.connect("--yes")
        assert ended.status == 0, ended

        (webhook,) = await shop.webhooks()
        assert (webhook["id"], webhook["enabled"], webhook["name"]) == (former, True, "gladly-segment")


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (404, "something else answers 404"),
        (502, "the proxy answers 502"),
        (302, "it is redirected (302)"),
    ],
)
async def test_a_ping_that_is_not_answered_is_explained_and_all_is_taken_back(
    shop: Bench, stranger: Stranger, status: int, told: str
) -> None:
    stranger.status = status

    ended = await shop.connect(public_url=stranger.url)

    assert ended.refused == "ping_not_answered"
    assert told in ended.complaint
    assert await shop.nothing_is_left()
    password = base64.b64decode(stranger.logins[-1].removeprefix("Basic ")).decode().partition(":")[2]
    assert len(password) == 43
    assert password not in ended.out + ended.err
    assert not Canary("password", password.encode()).sings_in(texts_in(shop.data_dir))


async def test_an_address_where_nobody_listens_is_explained(shop: Bench) -> None:
    ended = await shop.connect(public_url="http://127.0.0.1:9")

    assert ended.refused == "ping_not_answered"
    assert "could not be reached" in ended.complaint
    assert await shop.nothing_is_left()


async def test_a_service_on_another_data_directory_is_recognised(shop: Bench) -> None:
    async with serving(shop):
        shop.data_dir = shop.directory / "another"
        address, shop.port = f"http://127.0.0.1:{shop.port}", 0

        ended = await shop.connect(public_url=address)

        assert ended.refused == "ping_not_answered"
        assert "does not know this organization" in ended.complaint


async def test_a_write_key_of_another_place_is_refused_naming_the_place(shop: Bench) -> None:
    await shop.connect()

    elsewhere = await shop.connect(segment_region="eu")
    other_key = await shop.connect(segment_write_key_file=str(shop.directory / "other-key"))
    staging = await shop.connect("--environment", "staging")

    assert elsewhere.refused == other_key.refused == staging.refused == "wrong_workspace"
    assert "bound to shop (production, us)" in elsewhere.complaint
    assert "shop (production, us) is bound to another write key" in other_key.complaint
    assert "--change-write-key" in other_key.complaint
    assert "not to shop (staging, us)" in staging.complaint
    assert len(await shop.segment.stored(1)) == 1, "no test event went to where it must not"


async def test_a_changed_write_key_is_noted_in_the_trail(shop: Bench) -> None:
    await shop.connect()

    await shop.connect("--change-write-key", segment_write_key_file=str(shop.directory / "other-key"))

    assert "write_key_changed by person" in (await shop.run("organizations", "show", NAME)).out
    assert (await shop.connect()).refused == "wrong_workspace", "the former key is bound no more"


async def test_an_organization_of_the_settings_is_not_connected_but_its_key_can_be_bound_anew(shop: Bench) -> None:
    settings = shop.directory / "gladly-segment.toml"
    settings.write_text(f"""
[organizations.{NAME}]
gladly_user = "{USER}"
gladly_token = "{TOKEN}"
segment_write_key = "{WRITE_KEY}"
webhook_username = "gladly"
webhook_passwords = ["p"]
""")
    config = ("--config", str(settings))

    refused = await shop.connect(*config)
    bound = await shop.run("connect", NAME, "--json", "--change-write-key", *config)
    again = await shop.run("connect", NAME, "--json", "--change-write-key", *config)

    assert refused.refused == "input"
    assert "declared in the settings" in refused.complaint
    assert (bound.steps, again.steps) == ({"write_key": "changed"}, {"write_key": "unchanged"})


async def test_all_that_is_missing_is_named_at_once(shop: Bench) -> None:
    complaint = (await shop.run("connect")).complaint

    for each in ("NAME", "--gladly-user", "GLADLY_TOKEN", "SEGMENT_WRITE_KEY", "--segment-region", "--public-url"):
        assert each in complaint
