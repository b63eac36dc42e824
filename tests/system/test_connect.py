"""From nothing to the first event and back, against both vendors: by a script, and what each refusal leaves behind."""

import asyncio
import base64
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web

from gladly_segment.vault import create_key_file
from tests.system.canaries import Canary
from tests.system.connecting import NAME, OTHER_KEY, TOKEN, USER, WRITE_KEY, Bench, bench
from tests.system.programs import start

LOOKS = 400

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


class Stranger:
    """Something else that listens where webhooks are to go; it answers with `status`, to so many as it does at all."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 404
        self.answers = 1_000
        self.logins: list[str] = []
        self.silent = asyncio.Event()
        self.left = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        self.logins.append(request.headers["Authorization"])
        if len(self.logins) > self.answers:
            self.silent.set()
            await self.left.wait()
        return web.Response(status=self.status, headers={"Location": "https://elsewhere.example"})


@pytest.fixture
async def stranger() -> AsyncIterator[Stranger]:
    listening = Stranger()
    app = web.Application()
    app.router.add_post("/{path:.*}", listening.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    listening.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield listening
    listening.left.set()
    await runner.cleanup()


@asynccontextmanager
async def started(shop: Bench, *arguments: str) -> AsyncGenerator[Process]:
    with (shop.directory / "started.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *shop.arguments(*arguments), stdin=DEVNULL, stdout=PIPE, stderr=log, env=shop.variables
        )
    try:
        yield process
    except AssertionError as error:
        error.add_note((shop.directory / "started.log").read_text())
        raise
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def until(process: Process, reached: Callable[[dict[str, Any]], bool]) -> None:
    """Read what a process prints, until a document says that it came so far."""
    assert process.stdout is not None
    async with asyncio.timeout(30):
        async for line in process.stdout:
            if reached(msgspec.json.decode(line)):
                return
    raise AssertionError("it ended before")


@asynccontextmanager
async def serving(shop: Bench) -> AsyncGenerator[None]:
    variables = {name: value for name, value in shop.variables.items() if name.startswith("GLADLY_SEGMENT_")}
    variables["GLADLY_SEGMENT_LOG_FORMAT"] = "json"
    service = await start("serve", log=shop.directory / "service.log", variables=variables)
    try:
        yield
    finally:
        await service.kill()


async def told(shop: Bench, text: str) -> None:
    """Wait until the service has logged something."""
    for _ in range(LOOKS):
        if text in (shop.directory / "service.log").read_text():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{text} was not logged")


def texts_in(directory: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())


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
