"""Vendors, the network and the disk in trouble: events wait, and arrive once, complete and in order."""

import resource
import zlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.system.world import World, world

NO_TIMEOUT = aiohttp.ClientTimeout(total=None)


async def test_a_storm_at_gladly_delays_events_and_loses_none(shop_world: World) -> None:
    gladly, segment, service = shop_world.shop.gladly, shop_world.shop.segment, shop_world.service
    storm = [
        {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}},
        {"kind": "status", "status": 503},
        {"kind": "reset"},
        {"kind": "truncate", "after_handling": True},
        {"kind": "status", "status": 200, "body": "<html>Be right back</html>"},
    ]
    await gladly.misbehave(*({**each, "method": "GET", "share": 0.3, "times": 6} for each in storm))

    for number in range(20):
        await gladly.conversation(f"Customer {number}")
    await segment.stored(40)

    report = await shop_world.audit()
    assert report.ok, report
    assert report.accepted == 40
    for kind in ("throttled", "unavailable", "unreachable", "malformed"):
        assert await service.sample("failed_attempts_total", stage="enrich", kind=kind) > 0, kind


async def test_a_storm_at_segment_delays_events_and_each_attempt_is_one_of_its_own(shop_world: World) -> None:
    gladly, segment = shop_world.shop.gladly, shop_world.shop.segment
    await segment.misbehave(
        {"kind": "status", "status": 500, "times": 1},
        {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}, "times": 1},
        {"kind": "reset", "times": 1},
    )

    await gladly.conversation(closed=False)
    await segment.stored(1)

    report = await shop_world.audit()
    assert report.ok, report
    requests = await segment.requests()
    assert [each["status"] for each in requests] == [500, 429, None, 200]
    # The pause that Segment asked for is no attempt (Segment fact sheet, retry).
    assert [each["retryCount"] for each in requests] == [None, 1, 1, 2]


async def test_a_closing_does_not_overtake_its_opening_that_waits_for_segment(shop_world: World) -> None:
    gladly, segment, service = shop_world.shop.gladly, shop_world.shop.segment, shop_world.service
    await segment.misbehave({"kind": "status", "status": 429, "headers": {"Retry-After": "2"}, "times": 1})
    conversation = await gladly.conversation(closed=False)
    await service.until(1, "failed_attempts_total", stage="deliver")
    await gladly.play.set_status(conversation, "CLOSED")
    await service.until(2, "pending_receipts", state="ready")
    other = await gladly.conversation()

    events = await segment.stored(4)

    # Another conversation is not held up.
    assert {each["properties"]["conversationId"] for each in events[:2]} == {other}
    assert [each["properties"]["status"] for each in events[2:]] == ["OPEN", "CLOSED"]
    assert {each["properties"]["conversationId"] for each in events[2:]} == {conversation}


@pytest.mark.parametrize("accepted", [False, True], ids=["before", "after accepting"])
async def test_when_the_answer_is_lost_the_same_events_are_sent_again(shop_world: World, accepted: bool) -> None:
    gladly, segment = shop_world.shop.gladly, shop_world.shop.segment
    await segment.misbehave({"kind": "reset", "times": 3, "after_handling": accepted})

    for number in range(5):
        await gladly.conversation(f"Customer {number}")
    await segment.stored(10)

    report = await shop_world.audit()
    assert report.ok, report
    assert (report.deduplicated > 0) == accepted


async def test_an_event_that_segment_would_drop_is_kept_back_and_holds_up_nobody(shop_world: World) -> None:
    gladly, segment, service = shop_world.shop.gladly, shop_world.shop.segment, shop_world.service
    await gladly.conversation("Ann", customAttributes={"history": "x" * 40_000})
    await gladly.conversation("Bea")
    await gladly.all_delivered()

    outcomes = (await service.settled("shop")).outcomes

    assert outcomes == {("delivered", ""): 2, ("parked", "event_too_large"): 2, ("ignored", "profile_change_noted"): 2}
    assert [each["properties"]["customerName"] for each in await segment.stored(2)] == ["Bea", "Bea"]
    assert (await segment.books()).dropped == ()


class Particular:
    """Stands before Segment, and refuses every batch that holds a certain text."""

    def __init__(self, refused: str) -> None:
        self.url = ""
        self.segment_url = ""
        self.statuses: list[int] = []
        self._refused = refused.encode()

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        if self._refused in body:
            self.statuses.append(400)
            return web.Response(status=400)
        headers = {"Authorization": request.headers["Authorization"]}
        async with (
            aiohttp.ClientSession(timeout=NO_TIMEOUT) as http,
            http.post(self.segment_url + request.path, data=body, headers=headers) as answer,
        ):
            self.statuses.append(answer.status)
            return web.Response(status=answer.status, body=await answer.read())


@asynccontextmanager
async def particular(refused: str) -> AsyncGenerator[Particular]:
    server = Particular(refused)
    application = web.Application(client_max_size=1_000_000)
    application.router.add_post("/v1/batch", server.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


async def test_one_event_that_segment_refuses_does_not_take_its_batch_along(tmp_path: Path) -> None:
    async with particular("Poison") as front:
        variables = {"GLADLY_SEGMENT_ORGANIZATIONS__SHOP__SEGMENT_HOST": front.url}
        async with world(tmp_path, "shop", variables=variables) as running:
            gladly, segment, service = running.shop.gladly, running.shop.segment, running.service
            front.segment_url = segment.url
            await gladly.deliver(held=True)
            for number in range(20):
                await gladly.conversation("Poison" if number == 7 else f"Customer {number}")
            await gladly.deliver(held=False)
            await gladly.all_delivered()

            outcomes = (await service.settled("shop")).outcomes

            assert outcomes["delivered", ""] == 38
            assert outcomes["parked", "request_refused"] == 2
            assert len(await segment.stored(38)) == 38
            assert set(front.statuses) == {200, 400}


async def test_while_the_disk_is_full_nothing_is_acknowledged_and_afterwards_all_arrives(shop_world: World) -> None:
    gladly, segment, service = shop_world.shop.gladly, shop_world.shop.segment, shop_world.service
    before = await gladly.conversation("before")
    await segment.of(before, 2)
    await service.settled("shop")

    limits = resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    during = await gladly.conversation("during")
    await service.until(2, "webhook_requests_total", status="503")
    resource.prlimit(service.pid, resource.RLIMIT_FSIZE, limits)

    assert len(await segment.of(during, 2)) == 2
    report = await shop_world.audit()
    assert report.ok, report
    assert not report.not_delivered
    assert await service.sample("journal_trouble_total") >= 2


async def test_while_the_disk_is_full_it_is_not_ready(shop_world: World) -> None:
    service = shop_world.service
    assert (await service.get("/readyz"))[0] == 200

    resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    assert (await service.get("/readyz"))[0] == 503


async def test_what_happened_while_the_service_was_down_is_told_afterwards(shop_world: World) -> None:
    gladly, segment, service = shop_world.shop.gladly, shop_world.shop.segment, shop_world.service
    await service.stop()
    conversation = await gladly.conversation()
    await service.start()

    assert len(await segment.of(conversation, 2)) == 2
    report = await shop_world.audit()
    assert report.ok, report


def test_the_refused_text_would_be_found_in_a_compressed_batch_too() -> None:
    compressed: Any = zlib.compressobj(wbits=31)

    body = compressed.compress(b"Poison") + compressed.flush()

    assert b"Poison" in zlib.decompress(body, wbits=47)
