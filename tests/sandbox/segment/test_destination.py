"""The webhook destination: brings what is stored, signed as Segment does, and loses and doubles what it is told to."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web

from gladly_segment.sandbox.segment.server import SegmentSandbox


class Address:
    """Somebody's HTTP endpoint."""

    def __init__(self) -> None:
        self.url = ""
        self.got: list[tuple[str, bytes]] = []

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((request.headers["X-Signature"], await request.read()))
        return web.Response(status=202)


@pytest.fixture
async def address() -> AsyncIterator[Address]:
    address, app = Address(), web.Application()
    app.add_routes([web.post("/mirror", address.take)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address.url = f"http://127.0.0.1:{runner.addresses[0][1]}/mirror"
    yield address
    await runner.cleanup()


async def track(client: aiohttp.ClientSession, *message_ids: str) -> None:
    for message_id in message_ids:
        event = {"event": "E", "userId": "u", "messageId": message_id}
        async with client.post("/v1/track", json=event) as answer:
            assert answer.status == 200


async def bring(client: aiohttp.ClientSession, address: Address, **order: Any) -> Any:
    async with client.post("/control/destination", json={"url": address.url, "secret": "s", **order}) as answer:
        return await answer.json()


def signature(content: bytes) -> str:
    return hmac.new(b"s", content, hashlib.sha1).hexdigest()


async def test_each_event_comes_signed(
    sandbox: SegmentSandbox, client: aiohttp.ClientSession, address: Address
) -> None:
    await track(client, "m1", "m2")

    brought = await bring(client, address)

    assert brought == {"messageIds": ["m1", "m2"], "statuses": [202, 202]}
    assert [msgspec.json.decode(body)["messageId"] for _, body in address.got] == ["m1", "m2"]
    assert all(sent == signature(body) for sent, body in address.got)


async def test_of_several_together_the_first_one_is_signed(
    sandbox: SegmentSandbox, client: aiohttp.ClientSession, address: Address
) -> None:
    await track(client, "m1", "m2", "m3")

    await bring(client, address, batch=2)

    batches = [msgspec.json.decode(body, type=list[msgspec.Raw]) for _, body in address.got]
    assert [len(each) for each in batches] == [2, 1]
    assert [sent for sent, _ in address.got] == [signature(bytes(each[0])) for each in batches]


async def test_some_are_lost_and_some_come_twice(
    sandbox: SegmentSandbox, client: aiohttp.ClientSession, address: Address
) -> None:
    await track(client, "m1", "m2", "m3")

    brought = await bring(client, address, lose=["m1"], double=["m3"])

    assert brought["messageIds"] == ["m2", "m3", "m3"]
