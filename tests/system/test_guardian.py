"""The webhook is disabled while the service is away: Gladly's way of giving up, and a person's."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from gladly_segment.sandbox.audit import SegmentBooks
from tests.system.world import World, world

WATCHFUL = ("-m", "tests.system.watchful")
FORGETFUL = ("-m", "tests.system.forgetful")

COMPRESSED = 3_000.0
"""Gladly's four retries, 1.6 h, are over in two seconds."""

LOOKS = 400


async def until_disabled(running: World) -> None:
    """Wait until Gladly has given up."""
    for _ in range(LOOKS):
        if not (await running.shop.gladly.webhook())["enabled"]:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("Gladly did not disable the webhook")


class Outage(msgspec.Struct, frozen=True):
    """How many occurrences there were in all, and the conversations that ended before the service was there again."""

    occurrences: int
    missed: frozenset[str]


async def outage(running: World) -> Outage:
    """Let the service be away until Gladly gives up, while conversations open and close before, during and after."""
    gladly, service = running.shop.gladly, running.service
    await gladly.conversation("before")
    open_before = await gladly.conversation("open before", closed=False)
    await running.shop.segment.stored(3)
    await service.until(1, "feed_enabled", organization="shop")
    await service.kill()
    early = [await gladly.conversation(f"early {number}", closed=number % 2 == 0) for number in range(8)]
    await until_disabled(running)
    await gladly.play.set_status(open_before, "CLOSED")
    for conversation in early:
        await gladly.play.set_status(conversation, "OPEN")
        await gladly.play.set_status(conversation, "CLOSED")
    late = [await gladly.conversation(f"late {number}") for number in range(8)]
    starting = asyncio.create_task(service.start())
    for number in range(8):
        await gladly.conversation(f"while it starts {number}")
    await starting
    for number in range(8):
        await gladly.conversation(f"afterwards {number}")
    return Outage(len((await gladly.books()).occurrences), frozenset({open_before, *early, *late}))


def begins_with_its_opening(books: SegmentBooks, conversation: str) -> bool:
    """Tell whether Segment stored a conversation's opening before everything else of it."""
    stored = sorted(books.stored, key=lambda each: each.seq)
    events = [str(each.event["event"]) for each in stored if each.properties["conversationId"] == conversation]
    return [event.endswith("Created") for event in events] == [True, *(False for _ in events[1:])]


async def test_what_was_missed_arrives_once_and_the_webhook_is_enabled_again(tmp_path: Path) -> None:
    async with world(tmp_path, "shop", time_factor=COMPRESSED, program=WATCHFUL) as running:
        played = await outage(running)

        await running.shop.segment.stored(played.occurrences)

        report = await running.audit()
        assert report.ok, report
        assert (report.played, report.accepted) == (played.occurrences, played.occurrences)
        assert report.not_delivered == ()
        books = await running.shop.segment.books()
        assert [each for each in played.missed if not begins_with_its_opening(books, each)] == []
        assert (await running.shop.gladly.webhook())["enabled"]
        assert await running.service.sample("recovered_events_total", organization="shop") > 0
        assert await running.service.sample("alarms_total", organization="shop") == 0


async def test_without_recovery_the_audit_finds_what_was_missed(tmp_path: Path) -> None:
    async with world(tmp_path, "shop", time_factor=COMPRESSED, program=FORGETFUL) as running:
        played = await outage(running)
        await running.service.until(1, "feed_enabled", organization="shop")

        report = await running.audit()

        assert len(report.not_delivered) >= len(played.missed)
        assert report.accepted < report.played


class ChatTool:
    """Takes alarms, as they are posted."""

    def __init__(self) -> None:
        self.url = ""
        self.posts: list[Any] = []
        self._arrival = asyncio.Condition()

    async def take(self, request: web.Request) -> web.Response:
        async with self._arrival:
            self.posts.append(await request.json())
            self._arrival.notify_all()
        return web.Response()

    async def told(self, reached: Callable[[Sequence[Any]], bool]) -> Any:
        """Wait for posts, and give the last."""
        async with asyncio.timeout(30), self._arrival:
            await self._arrival.wait_for(lambda: reached(self.posts))
        return self.posts[-1]


@asynccontextmanager
async def chat_tool() -> AsyncGenerator[ChatTool]:
    tool = ChatTool()
    application = web.Application()
    application.router.add_post("/hooks/a-secret-path", tool.take)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    tool.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hooks/a-secret-path"
    try:
        yield tool
    finally:
        await runner.cleanup()


async def test_what_somebody_disabled_stays_so_and_somebody_is_called(tmp_path: Path) -> None:
    async with chat_tool() as tool:
        variables = {"GLADLY_SEGMENT_ALARMS__URL": tool.url}
        async with world(tmp_path, "shop", time_factor=COMPRESSED, program=WATCHFUL, variables=variables) as running:
            gladly, segment, service = running.shop.gladly, running.shop.segment, running.service
            await service.until(1, "feed_enabled", organization="shop")
            webhook = (await gladly.webhook())["id"]

            await gladly.switch(webhook, enabled=False)
            alarm = await tool.told(lambda posts: len(posts) == 1)
            await gladly.conversation("meanwhile")
            await service.stop()
            await service.start()
            await tool.told(lambda posts: len(posts) == 2)
            assert not (await gladly.webhook())["enabled"]

            await gladly.switch(webhook, enabled=True)
            over = await tool.told(lambda posts: posts[-1]["state"] == "ended")

            assert (alarm["alarm"], alarm["organization"], alarm["state"]) == ("feed_disabled", "shop", "raised")
            assert "gladly-segment connect shop" in alarm["text"]
            assert over["alarm"] == "feed_disabled"
            # Once it is enabled by hand, what was missed is recovered.
            await segment.stored(2)
            assert tool.url not in service.logged()
            assert "a-secret-path" not in service.logged()
