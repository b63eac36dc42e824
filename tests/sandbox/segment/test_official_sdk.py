"""Segment's own Python SDK sends to the simulator unchanged."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from segment.analytics.client import Client
from segment.analytics.version import VERSION

from gladly_segment.sandbox.segment.server import SegmentSandbox


def send_one_of_each(host: str, *, gzip: bool) -> list[object]:
    errors: list[object] = []

    def keep(error: Exception, batch: list[Any]) -> None:
        errors.append((error, batch))

    client: Any = Client("key-of-shop", host=host, gzip=gzip, on_error=keep, max_retries=0, upload_interval=0.01)
    client.track("u1", "Opened", {"price": 3}, timestamp=datetime(2024, 5, 1, 10, tzinfo=UTC), message_id="m1")
    client.identify("u1", {"email": "a@shop.example"})
    client.page("u1", "Docs", "Index")
    client.screen("u1", "App", "Start")
    client.group("u1", "g1", {"name": "Shop"})
    client.alias("u0", "u1")
    client.shutdown()
    return errors


@pytest.mark.parametrize("gzip", [False, True])
async def test_every_call_of_the_python_sdk_is_stored(sandbox: SegmentSandbox, gzip: bool) -> None:
    errors = await asyncio.to_thread(send_one_of_each, sandbox.url, gzip=gzip)

    assert errors == []
    async with aiohttp.ClientSession(sandbox.url) as session, session.get("/control/ledger") as response:
        books = await response.json()
    events = [stored["event"] for stored in books["stored"]]
    assert [event["type"] for event in events] == ["track", "identify", "page", "screen", "group", "alias"]
    assert events[0]["context"]["library"] == {"name": "analytics-python", "version": VERSION}
    assert events[0]["messageId"] == "m1"
    assert events[0]["originalTimestamp"] == "2024-05-01T10:00:00.000Z"
    assert books["dropped"] == books["duplicates"] == []
    assert {request["gzip"] for request in books["requests"]} == {gzip}
    assert {request["writeKey"] for request in books["requests"]} == {"write key 1"}
