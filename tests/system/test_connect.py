"""From nothing to the first event and back, against both vendors: by a script, and what each refusal leaves behind."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gladly_segment.vault import create_key_file
from tests.system.canaries import Canary
from tests.system.connecting import (
    NAME,
    OTHER_KEY,
    TOKEN,
    WRITE_KEY,
    Bench,
    Stranger,
    bench,
    listening_stranger,
    serving,
    started,
    texts_in,
    told,
    until,
)

UNCHANGED = {
    "gladly": "ok",
    "write_key": "ok",
    "test_event": "unchanged",
    "service": "ok",
    "declaration": "unchanged",
    "webhook": "unchanged",
}
SECRETS = [Canary(name, value.encode()) for name, value in (("token", TOKEN), ("key", WRITE_KEY), ("other", OTHER_KEY))]


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as ready:
        yield ready


@pytest.fixture
async def stranger() -> AsyncIterator[Stranger]:
    async with listening_stranger() as listening:
        yield listening


async def test_one_command_leads_from_nothing_to_the_first_stored_event(shop: Bench) -> None:
    async with started(shop, "connect", NAME, "--json", "--serve", *shop.flags()) as process:
        await until(process, lambda each: each.get("step") == "ping")
        await shop.gladly.conversation("Ann", closed=False)

        test, first = await shop.segment.stored(2)
        assert test["event"] == "Gladly Segment Test"
        assert first["event"] == "Gladly Conversation Created"
        (webhook,) = await shop.webhooks()
        assert (webhook["url"], webhook["enabled"], webhook["hasCredentials"]) == (shop.address, True, True)

        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            assert await process.wait() == 0


async def test_beside_a_running_service_it_is_connected_and_served_at_once(shop: Bench) -> None:
    async with serving(shop):
        ended = await shop.connect()
        assert ended.status == 0, ended

        await shop.gladly.conversation("Ann", closed=False)
        assert (await shop.segment.stored(2))[1]["event"] == "Gladly Conversation Created"


async def test_without_a_service_it_answers_the_ping_itself_and_says_what_to_run(shop: Bench) -> None:
    ended = await shop.run("connect", NAME, *shop.flags())

    assert ended.status == 0, ended
    assert "gladly-segment serve" in ended.out
    assert "Debugger" in ended.out
    assert [each["enabled"] for each in await shop.webhooks()] == [True]
    assert await shop.listed() == [NAME]


async def test_run_again_it_changes_nothing_and_says_so(shop: Bench) -> None:
    async with serving(shop):
        await shop.connect()
        before = await shop.webhooks()

        again = await shop.connect()
        by_name_alone = await shop.run("connect", NAME, "--json")

        assert again.steps == by_name_alone.steps == UNCHANGED
        assert await shop.webhooks() == before
        assert len(await shop.segment.stored(1)) == 1


async def test_what_was_changed_at_gladly_is_mended(shop: Bench, stranger: Stranger) -> None:
    stranger.status = 200
    async with serving(shop):
        await shop.connect()
        (webhook,) = await shop.webhooks()
        await shop.change(webhook["id"], enabled=False, events=["CONVERSATION/CLOSED"], url=stranger.url)

        ended = await shop.connect()

        assert (ended.steps["webhook"], ended.steps["ping"]) == ("changed", "ok"), ended
        (mended,) = await shop.webhooks()
        assert (mended["id"], mended["enabled"], mended["url"]) == (webhook["id"], True, shop.address)
        assert set(webhook["events"]) <= set(mended["events"])
        await shop.gladly.conversation("Ann", closed=False)
        assert (await shop.segment.stored(2))[1]["event"] == "Gladly Conversation Created"


async def test_a_webhook_that_was_deleted_by_hand_is_registered_again(shop: Bench) -> None:
    async with serving(shop):
        await shop.connect()
        (webhook,) = await shop.webhooks()
        await shop.change(webhook["id"], enabled=False)
        await shop.delete(webhook["id"])

        assert (await shop.connect()).steps["webhook"] == "changed"

        assert [each["enabled"] for each in await shop.webhooks()] == [True]


async def test_a_lost_data_directory_is_connected_again_with_the_same_webhook(shop: Bench) -> None:
    await shop.connect()
    (webhook,) = await shop.webhooks()
    shop.data_dir = shop.directory / "another"

    async with serving(shop):
        ended = await shop.connect()
        assert ended.steps["webhook"] == "changed", ended

        assert [each["id"] for each in await shop.webhooks()] == [webhook["id"]]
        await shop.gladly.conversation("Ann", closed=False)
        assert (await shop.segment.stored(3))[2]["event"] == "Gladly Conversation Created"


async def test_secrets_that_no_key_opens_any_more_are_given_again(shop: Bench) -> None:
    await shop.connect()
    create_key_file(shop.directory / "new.key")
    (shop.directory / "new.key").replace(shop.directory / "data.key")

    by_name_alone = await shop.run("connect", NAME, "--json")
    disconnected = await shop.run("disconnect", NAME, "--yes", "--json")
    again = await shop.connect()

    assert "--gladly-token-file" in by_name_alone.complaint
    assert disconnected.refused == "vault"
    assert again.steps["declaration"] == "changed", again
    assert (await shop.run("connect", NAME, "--json")).steps == {
        step: outcome for step, outcome in UNCHANGED.items() if step != "service"
    }


async def test_new_settings_are_declared_and_the_webhook_is_left_alone(shop: Bench) -> None:
    async with serving(shop):
        await shop.connect()
        before = await shop.webhooks()

        ended = await shop.connect("--change-write-key", segment_write_key_file=str(shop.directory / "other-key"))

        assert ended.steps == UNCHANGED | {"write_key": "changed", "test_event": "skipped", "declaration": "changed"}
        assert await shop.webhooks() == before
        await told(shop, '"changed"')
        await shop.gladly.conversation("Ann", closed=False)
        await shop.segment.stored(3)
        labels = [each["writeKey"] for each in await shop.segment.requests()]
        assert labels[0] != labels[-1] != "unknown"


async def ended_while_the_address_is_silent(shop: Bench, stranger: Stranger, answers: int, number: int) -> int:
    """Send a signal to `connect` once the address has answered so often and then falls silent; give its exit status."""
    stranger.status, stranger.answers = 200, answers
    async with started(shop, "connect", NAME, "--json", *shop.flags(public_url=stranger.url)) as process:
        await until(process, lambda each: each.get("step") == ("webhook" if answers else "declaration"))
        await stranger.silent.wait()
        process.send_signal(number)
        async with asyncio.timeout(30):
            return await process.wait()


@pytest.mark.parametrize("answers", [0, 1], ids=["while the service is looked for", "while Gladly waits for its PING"])
async def test_ctrl_c_takes_everything_back(shop: Bench, stranger: Stranger, answers: int) -> None:
    assert await ended_while_the_address_is_silent(shop, stranger, answers, signal.SIGINT) == 130

    assert await shop.nothing_is_left()


async def test_killed_in_the_middle_it_is_finished_by_the_next_run(shop: Bench, stranger: Stranger) -> None:
    await ended_while_the_address_is_silent(shop, stranger, 1, signal.SIGKILL)
    (left,) = await shop.webhooks()
    assert not left["enabled"]

    stranger.answers = 1_000
    ended = await shop.connect(public_url=stranger.url)

    assert (ended.status, ended.steps["webhook"]) == (0, "changed"), ended
    assert [(each["id"], each["enabled"]) for each in await shop.webhooks()] == [(left["id"], True)]


async def test_disconnect_undoes_it_and_what_was_received_is_delivered_first(shop: Bench) -> None:
    async with serving(shop):
        await shop.connect()
        await shop.segment.misbehave({"kind": "status", "status": 503, "times": 2})
        await shop.gladly.conversation("Ann", closed=False)
        await shop.gladly.all_delivered()

        ended = await shop.run("disconnect", NAME, "--yes", "--json")
        again = await shop.run("disconnect", NAME, "--yes", "--json")

    assert ended.steps == {"webhook": "changed", "declaration": "changed"}, ended
    assert again.steps == {"declaration": "unchanged"}
    assert await shop.nothing_is_left()
    assert (await shop.segment.stored(2))[1]["event"] == "Gladly Conversation Created"


async def test_disconnect_keeps_an_organization_whose_events_wait_unless_told_otherwise(shop: Bench) -> None:
    async with serving(shop):
        await shop.connect()
        await shop.run("organizations", "pause", NAME)
        await shop.gladly.conversation("Ann", closed=False)
        await shop.gladly.all_delivered()

    waiting = await shop.run("disconnect", NAME, "--yes", "--json")
    assert waiting.refused == "events_wait"
    assert "--drop-waiting" in waiting.err
    assert (await shop.listed(), await shop.webhooks()) == ([NAME], [])

    dropped = await shop.run("disconnect", NAME, "--yes", "--json", "--drop-waiting")
    assert dropped.steps == {"webhook": "unchanged", "declaration": "changed"}
    assert await shop.nothing_is_left()


async def test_disconnect_leaves_the_webhooks_of_others_alone(shop: Bench) -> None:
    await shop.register(url=f"https://staging.example.com/webhooks/{NAME}", name="gladly-segment")
    await shop.connect()

    await shop.run("disconnect", NAME, "--yes")

    assert [each["url"] for each in await shop.webhooks()] == [f"https://staging.example.com/webhooks/{NAME}"]


async def test_no_secret_is_in_what_is_said_or_kept(shop: Bench) -> None:
    outputs: list[str] = []
    async with serving(shop):
        for arguments in (("connect", NAME, *shop.flags()), ("connect", NAME), ("disconnect", NAME, "--yes")):
            ended = await shop.run(*arguments)
            assert ended.status == 0, ended
            outputs += [ended.out, ended.err]
        kept = texts_in(shop.data_dir) + (shop.directory / "service.log").read_bytes()
    said = "\n".join(outputs).encode()

    assert [secret.name for secret in SECRETS if secret.sings_in(said) or secret.sings_in(kept)] == []
    assert SECRETS[0].sings_in(texts_in(shop.directory)), "it would be found: it is in the file of the token"
