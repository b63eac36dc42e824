"""The way of alarms to an address that takes them, refuses, hangs or is not there."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from gladly_segment.core.feed_signals import AlarmKind, AlarmsUnposted
from gladly_segment.core.secret import Secret
from gladly_segment.observe.alarm_post import AlarmPost
from gladly_segment.observe.alarms import Notice, Phase
from tests.support.clock import START, FlyingClock
from tests.support.observer import RecordingObserver
from tests.support.receipts import SHOP

NOWHERE = "http://127.0.0.1:1/hooks/a-secret-path"
WAITING = 1_000
ATTEMPTS = 10


def notice(text: str = "Gladly sends nothing.") -> Notice:
    return Notice(
        text=text, alarm=AlarmKind.FEED_MISSING, state=Phase.RAISED, organization=SHOP, at=START, hint="Connect it."
    )


class ChatTool:
    """Answers with the next of `statuses`, then with 200."""

    def __init__(self) -> None:
        self.url = ""
        self.posts: list[Any] = []
        self.statuses: list[int] = []
        self.headers: dict[str, str] = {}
        self._arrival = asyncio.Condition()

    async def asked(self, times: int) -> None:
        async with asyncio.timeout(30), self._arrival:
            await self._arrival.wait_for(lambda: len(self.posts) >= times)

    async def take(self, request: web.Request) -> web.Response:
        async with self._arrival:
            self.posts.append(await request.json())
            self._arrival.notify_all()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200, headers=self.headers)


@pytest.fixture
async def tool() -> AsyncIterator[ChatTool]:
    tool = ChatTool()
    application = web.Application()
    application.router.add_post("/hooks/a-secret-path", tool.take)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    tool.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hooks/a-secret-path"
    yield tool
    await runner.cleanup()


class Sender:
    def __init__(self, post: AlarmPost, clock: FlyingClock, observer: RecordingObserver) -> None:
        self.post = post
        self.clock = clock
        self.observer = observer

    @property
    def waited_s(self) -> float:
        return self.clock.monotonic()


@asynccontextmanager
async def sending(url: str) -> AsyncGenerator[Sender]:
    clock, observer = FlyingClock(), RecordingObserver()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        post = AlarmPost(Secret(url), session, clock, observer, draw=lambda: 0.0)
        running = asyncio.create_task(post.run())
        try:
            yield Sender(post, clock, observer)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_alarms_are_posted_in_their_order(tool: ChatTool) -> None:
    async with sending(tool.url) as sender:
        for number in range(3):
            sender.post.put(notice(f"alarm {number}"))
        await tool.asked(3)

    assert [each["text"] for each in tool.posts] == ["alarm 0", "alarm 1", "alarm 2"]
    assert tool.posts[0] == {
        "text": "alarm 0",
        "alarm": "feed_missing",
        "state": "raised",
        "organization": "shop",
        "at": "2026-03-01T12:00:00Z",
        "hint": "Connect it.",
    }


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_one_that_is_not_taken_now_is_posted_again(tool: ChatTool, status: int) -> None:
    tool.statuses = [status, status]
    async with sending(tool.url) as sender:
        sender.post.put(notice())
        await tool.asked(3)

    assert sender.waited_s == 0.5 + 1.0
    assert sender.observer.signals == []


async def test_the_wish_for_a_pause_is_followed_up_to_five_minutes(tool: ChatTool) -> None:
    tool.statuses, tool.headers = [429, 429], {"Retry-After": "1000"}
    async with sending(tool.url) as sender:
        sender.post.put(notice())
        await tool.asked(3)

    assert sender.waited_s == 600.0


@pytest.mark.parametrize("status", [301, 400, 403, 404, 410])
async def test_one_that_is_refused_is_given_up_and_the_next_is_posted(tool: ChatTool, status: int) -> None:
    tool.statuses, tool.headers = [status], {"Location": "/hooks/elsewhere"}
    async with sending(tool.url) as sender:
        sender.post.put(notice("refused"))
        sender.post.put(notice("taken"))
        await tool.asked(2)

    assert [each["text"] for each in tool.posts] == ["refused", "taken"]
    (given_up,) = sender.observer.of(AlarmsUnposted)
    assert given_up.alarms == 1
    assert f"answered {status}" in given_up.detail


async def test_where_nobody_is_it_is_given_up_in_the_end_without_a_word_of_the_address() -> None:
    async with sending(NOWHERE) as sender:
        sender.post.put(notice())
        (given_up,) = await sender.observer.told(AlarmsUnposted)

    assert "secret" not in given_up.detail
    assert sender.waited_s == sum(min(300.0, 2.0**attempt) for attempt in range(ATTEMPTS - 1)) / 2


async def test_too_many_that_wait_make_room_for_the_latest() -> None:
    observer = RecordingObserver()
    async with aiohttp.ClientSession() as session:
        post = AlarmPost(Secret(NOWHERE), session, FlyingClock(), observer, draw=lambda: 0.0)

        for number in range(WAITING + 2):
            post.put(notice(f"alarm {number}"))

    assert sum(each.alarms for each in observer.of(AlarmsUnposted)) == 2


async def test_an_address_that_is_none_is_given_up_at_once() -> None:
    async with sending("http://[") as sender:
        sender.post.put(notice())
        await sender.observer.told(AlarmsUnposted)

    assert sender.waited_s == 0.0
