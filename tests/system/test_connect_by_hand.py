"""`connect` as a person types it at a terminal."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import msgspec
import pytest

from tests.system.connecting import NAME, TOKEN, USER, WRITE_KEY, Bench, bench
from tests.system.terminal import Terminal, at_terminal

MISTYPED = "canary-mistyped-token"


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as ready:
        yield ready


def typed(shop: Bench, *arguments: str) -> AbstractAsyncContextManager[Terminal]:
    command = shop.arguments(*arguments)
    return at_terminal(command, variables={**shop.variables, "COLUMNS": "400"}, directory=shop.directory)


def newcomer(shop: Bench, *more: str) -> AbstractAsyncContextManager[Terminal]:
    """Somebody who gives nothing but where the vendors are played."""
    return typed(shop, "connect", "--gladly-url", shop.gladly.url, "--segment-host", shop.segment.url, *more)


async def code_in_the_debugger(shop: Bench, nth: int = 1) -> str:
    return (await shop.segment.stored(nth))[-1]["properties"]["code"]


async def log_in(terminal: Terminal, token: str) -> None:
    await terminal.see("Gladly user: ")
    terminal.type(USER)
    await terminal.see("Gladly API token (not shown while you type): ")
    terminal.type(token)


async def test_a_newcomer_gets_to_the_first_event(shop: Bench) -> None:
    async with newcomer(shop, "--serve") as terminal:
        await terminal.see("Organization: ")
        terminal.type(NAME)
        await log_in(terminal, MISTYPED)
        await terminal.see("Segment write key (not shown while you type): ")
        terminal.type(WRITE_KEY)
        await terminal.see("Gladly does not take this user and token (401)")
        await log_in(terminal, TOKEN)
        await terminal.see("Code: ")
        terminal.type("NOTTHE")
        await terminal.see("That is another code")
        code = await code_in_the_debugger(shop)
        assert code not in terminal.screen, "what can be copied from here proves nothing"
        terminal.type(code.lower())
        await terminal.see("the code was seen")
        await terminal.see("Public url: ")
        terminal.type(f"http://127.0.0.1:{shop.port}/hooks")
        await terminal.see("the public url's path is /hooks")
        terminal.type(f"http://127.0.0.1:{shop.port}")
        await terminal.see("shop is connected")

        await shop.gladly.conversation("Ann", closed=False)
        assert (await shop.segment.stored(2))[1]["event"] == "Gladly Conversation Created"
        terminal.interrupt()
        assert await terminal.end() == 0

    for secret in (TOKEN, WRITE_KEY, MISTYPED):
        assert secret not in terminal.screen


async def test_an_event_that_does_not_come_lets_the_key_be_typed_again(shop: Bench) -> None:
    flags = [*shop.flags(segment_write_key_file=None)]
    async with typed(shop, "connect", NAME, *flags) as terminal:
        await terminal.see("Segment write key (not shown while you type): ")
        terminal.type("canary-wrong-key")
        await terminal.see("Code: ")
        terminal.type("no")
        await terminal.see("the test event did not come")
        await terminal.see("Segment write key (not shown while you type): ")
        terminal.type(WRITE_KEY)
        await terminal.see("Code: ")
        terminal.type(await code_in_the_debugger(shop))
        await terminal.see("shop is connected")
        assert await terminal.end() == 0

    assert "canary" not in terminal.screen.replace(str(shop.directory), "")


@pytest.mark.parametrize("answer", ["yes", "no"])
async def test_somebody_elses_webhook_is_taken_over_only_when_the_person_says_so(shop: Bench, answer: str) -> None:
    former = await shop.register(url=shop.address, name="The old receiver")
    async with typed(shop, "connect", NAME, *shop.flags(gladly_user=None)) as terminal:
        await log_in(terminal, TOKEN)
        await terminal.see("Code: ")
        terminal.type("")
        await terminal.see("The old receiver")
        await terminal.see("[yes/no]: ")
        terminal.type(answer)
        assert await terminal.end() == (0 if answer == "yes" else 2)

    (webhook,) = await shop.webhooks()
    assert (webhook["id"], webhook["enabled"]) == (former, answer == "yes")


async def test_ctrl_c_at_a_question_leaves_nothing(shop: Bench) -> None:
    async with typed(shop, "connect", NAME, *shop.flags(segment_region=None, segment_host=None)) as terminal:
        await terminal.see("Region of the workspace [us/eu]: ")
        terminal.type("mars")
        await terminal.see("Region of the workspace [us/eu]: ")
        terminal.interrupt()
        assert await terminal.end() == 130
        await terminal.see("Nothing is half-done")

    assert not shop.data_dir.exists()
    assert not await shop.webhooks()


async def test_the_end_of_input_is_as_good_as_ctrl_c(shop: Bench) -> None:
    async with newcomer(shop) as terminal:
        await terminal.see("Organization: ")
        terminal.type("\x04")
        assert await terminal.end() == 130


async def test_with_everything_given_a_person_is_asked_nothing(shop: Bench) -> None:
    async with typed(shop, "connect", NAME, *shop.flags()) as terminal:
        await terminal.see("not proven")
        await terminal.see("shop is connected")
        assert await terminal.end() == 0


async def test_disconnect_asks_first(shop: Bench) -> None:
    await shop.connect()
    async with typed(shop, "disconnect", NAME) as terminal:
        await terminal.see("[y/N] ")
        terminal.type("n")
        assert await terminal.end() == 0
    assert len(await shop.webhooks()) == 1

    async with typed(shop, "disconnect", NAME) as terminal:
        await terminal.see("[y/N] ")
        terminal.type("y")
        await terminal.see("shop is taken out")
    assert await shop.nothing_is_left()


async def test_the_marked_event_reaches_no_destination_and_is_one_anonymous_user(shop: Bench) -> None:
    await shop.connect()

    (event,) = await shop.segment.stored(1)
    assert event["integrations"] == {"All": False}
    assert (event["type"], event["anonymousId"]) == ("track", "gladly-segment-test")
    assert msgspec.json.encode(event).find(TOKEN.encode()) < 0
