"""The day in a shop, played against both simulators with a bare-bones forwarder between them."""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.sandbox.gladly.server import GladlySandbox, start_gladly
from gladly_segment.sandbox.segment.options import SegmentOptions
from gladly_segment.sandbox.segment.server import SegmentSandbox, start_segment
from gladly_segment.sandbox.shop import plan_day, play_day
from gladly_segment.sandbox.shop.customers import customer
from gladly_segment.sandbox.shop.scenes import Scenes

OPTIONS = GladlyOptions(rate_limit_per_s=1000)


@pytest.fixture
async def gladly() -> AsyncIterator[GladlySandbox]:
    async with await start_gladly(OPTIONS) as sandbox:
        yield sandbox


@pytest.fixture
async def segment() -> AsyncIterator[SegmentSandbox]:
    async with await start_segment(SegmentOptions()) as sandbox:
        yield sandbox


@pytest.fixture
async def forwarder(gladly: GladlySandbox, segment: SegmentSandbox) -> AsyncIterator[None]:
    """Sends a track event for every webhook it gets: enough for the scenes to see what has arrived."""
    headers = {"Authorization": aiohttp.encode_basic_auth(SegmentOptions().write_keys[0], "")}
    async with aiohttp.ClientSession() as http:

        async def forward(request: web.Request) -> web.Response:
            event = await request.json()
            conversation = event["content"].get("conversationId")
            track = {"userId": "u", "event": event["type"], "properties": {"conversationId": conversation}}
            async with http.post(f"{segment.url}/v1/track", json=track, headers=headers):
                return web.Response()

        app = web.Application()
        app.router.add_post("/", forward)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        await _register(http, gladly, f"http://127.0.0.1:{runner.addresses[0][1]}/")
        yield
        await runner.cleanup()


async def _register(http: aiohttp.ClientSession, gladly: GladlySandbox, url: str) -> None:
    headers = {"Authorization": aiohttp.encode_basic_auth(OPTIONS.user, OPTIONS.token)}
    webhook = {"url": url, "events": ["CONVERSATION/CREATED", "CONVERSATION/CLOSED"], "enabled": True}
    async with http.post(f"{gladly.url}/api/v1/webhooks", json=webhook, headers=headers) as answer:
        assert answer.status == 201, await answer.text()


async def ledger(gladly: GladlySandbox) -> dict[str, Any]:
    async with aiohttp.ClientSession(gladly.url) as http:
        async with http.get("/control/idle?timeout_s=20") as answer:
            assert await answer.json() == {"idle": True}
        async with http.get("/control/ledger") as answer:
            return await answer.json()


def nothing(done: int, total: int) -> None:
    """Show no progress."""


@pytest.mark.usefixtures("forwarder")
async def test_a_day_has_as_many_conversations_as_asked_for_and_every_scene(
    gladly: GladlySandbox, segment: SegmentSandbox
) -> None:
    progress: list[tuple[int, int]] = []

    await play_day(
        gladly.url,
        segment.url,
        conversations=Scenes.CONVERSATIONS + 6,
        seed=3,
        on_progress=lambda done, total: progress.append((done, total)),
    )

    books = await ledger(gladly)
    kinds = Counter(each["kind"] for each in books["occurrences"])
    assert kinds["CREATED"] == Scenes.CONVERSATIONS + 6
    assert kinds["CLOSED"] > 0
    assert len(books["deletions"]) == 2
    assert len(books["merges"]) == 5
    assert sum("vanishedConversationId" in merge for merge in books["merges"]) == 2
    assert progress == [(done, 12) for done in range(1, 13)]


@pytest.mark.usefixtures("forwarder")
async def test_a_closing_is_told_only_after_its_customer_was_deleted(
    gladly: GladlySandbox, segment: SegmentSandbox
) -> None:
    await play_day(gladly.url, segment.url, conversations=0, seed=1, on_progress=nothing)

    books = await ledger(gladly)
    first = books["deletions"][0]
    [closing] = [
        each for each in books["occurrences"] if each["customerId"] == first["customerId"] and each["kind"] == "CLOSED"
    ]
    [delivery] = [each for each in books["deliveries"] if each["eventId"] == closing["eventId"]]
    assert delivery["startedAt"] > first["at"]


def test_a_day_is_repeatable_from_its_seed() -> None:
    assert plan_day(200, 1) == plan_day(200, 1)
    assert plan_day(200, 1) != plan_day(200, 2)


def test_a_day_has_conversations_of_every_kind() -> None:
    day = plan_day(212, 1)

    assert len(day.scripts) == 212
    assert {len(script.closings) for script in day.scripts} == {0, 1, 2, 3}
    assert {script.agent for script in day.scripts} >= {"Ann Archer", "agent-who-left", None}
    assert any(closing.waits for script in day.scripts for closing in script.closings)
    assert any(closing.add and closing.remove for script in day.scripts for closing in script.closings)
    assert max(Counter(script.customer for script in day.scripts).values()) > 3


def test_customers_are_of_every_odd_kind() -> None:
    day = plan_day(212, 1)
    fields = [customer(number) for number in range(day.customers)]

    phones = [each["phones"] for each in fields]
    assert any(each["emails"] == [] for each in fields)
    assert any(each["name"] == "" for each in fields)
    assert any(isinstance(each, list) and len(each) > 1 for each in phones)
    assert any("normalized" not in str(each) for each in phones if each)
    assert any(len(str(each["customAttributes"])) > 15_000 for each in fields)
    assert {"custom attributes": {}} in [{"custom attributes": each["customAttributes"]} for each in fields]
