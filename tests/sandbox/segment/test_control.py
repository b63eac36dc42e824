"""The control API: reading the books and waiting for them to fill."""

import asyncio
from typing import Any

import aiohttp
import pytest

from gladly_segment.sandbox.segment.server import SegmentSandbox


async def send(client: aiohttp.ClientSession, *message_ids: str) -> None:
    batch = [{"type": "track", "event": "E", "userId": "u", "messageId": each} for each in message_ids]
    async with client.post("/v1/batch", json={"batch": batch}) as response:
        assert response.status == 200


async def get(client: aiohttp.ClientSession, path: str) -> Any:
    async with client.get(path) as response:
        assert response.status == 200
        return await response.json()


async def test_events_are_read_from_where_the_reader_stopped(client: aiohttp.ClientSession) -> None:
    await send(client, "m1", "m2")
    first = await get(client, "/control/events?after=0")
    await send(client, "m3")

    second = await get(client, f"/control/events?after={first['next']}")

    assert [entry["event"]["messageId"] for entry in first["events"]] == ["m1", "m2"]
    assert [(e["seq"], e["event"]["messageId"]) for e in second["events"]] == [(3, "m3")]
    assert set(second["events"][0]) == {"seq", "receivedAt", "event", "requestId"}
    assert await get(client, f"/control/events?after={second['next']}") == {"events": [], "next": 3}


async def test_await_returns_when_enough_is_stored(client: aiohttp.ClientSession) -> None:
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(get(client, "/control/await?stored=2&timeout_s=60"))
        tasks.create_task(send(client, "m1"))
        tasks.create_task(send(client, "m2"))

    assert waiting.result() == {"stored": 2, "reached": True}


async def test_await_says_so_when_the_time_is_over(client: aiohttp.ClientSession) -> None:
    await send(client, "m1")

    assert await get(client, "/control/await?stored=2&timeout_s=0.01") == {"stored": 1, "reached": False}


async def test_await_ends_when_the_simulator_stops(sandbox: SegmentSandbox, client: aiohttp.ClientSession) -> None:
    waiting = asyncio.create_task(get(client, "/control/await?stored=1&timeout_s=300"))
    await get(client, "/control/ledger")

    await sandbox.stop()

    with pytest.raises(aiohttp.ClientConnectionError):
        await waiting


@pytest.mark.parametrize(
    "path", ["/control/events?after=x", "/control/await?stored=-1", "/control/await?timeout_s=nan"]
)
async def test_a_wrong_number_is_400(client: aiohttp.ClientSession, path: str) -> None:
    async with client.get(path) as response:
        assert response.status == 400
