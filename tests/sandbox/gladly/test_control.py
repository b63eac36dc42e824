"""The control API itself, and starting and stopping."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.sandbox.gladly.server import start_gladly

if TYPE_CHECKING:
    from tests.sandbox.gladly.conftest import Receiver, Shop


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/agents", {"name": "Ann"}),
        ("/agents", {"name": "Ann", "emailAddress": "a@b.example", "email": "a@b.example"}),
        ("/topics", {}),
        ("/inboxes", []),
        ("/customers", {"nmae": "Ann"}),
        ("/conversations", {}),
    ],
)
async def test_a_misspelt_scenario_is_refused(shop: Shop, path: str, body: Any) -> None:
    answer = await shop.control("POST", path, body)

    assert (answer.status, answer.body["errors"][0]["code"]) == (400, "invalid")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/customers/none", {}),
        ("DELETE", "/customers/none", None),
        ("POST", "/customers/none/merge", {"into": "none"}),
        ("POST", "/conversations", {"customerId": "none"}),
        ("POST", "/conversations/none/status", {"status": "CLOSED"}),
        ("POST", "/conversations/none/topics", {"add": ["a"]}),
        ("POST", "/conversations/none/assign", {"agentId": None}),
        ("POST", "/topics", {"name": "a", "parentId": "none"}),
    ],
)
async def test_a_scenario_about_nothing_is_404(shop: Shop, method: str, path: str, body: Any) -> None:
    assert (await shop.control(method, path, body)).status == 404


async def test_an_unknown_status_is_refused(shop: Shop) -> None:
    conversation_id = await shop.conversation(await shop.customer())

    answer = await shop.control("POST", f"/conversations/{conversation_id}/status", {"status": "AJAR"})

    assert answer.status == 400


async def test_an_idle_timeout_that_is_no_number_is_refused(shop: Shop) -> None:
    assert (await shop.control("GET", "/idle?timeout_s=soon")).status == 400


async def test_the_ledger_starts_empty_and_complete(shop: Shop) -> None:
    assert await shop.ledger() == {
        "occurrences": [],
        "deliveries": [],
        "dropped": [],
        "events": [],
        "deletions": [],
        "merges": [],
        "requests": [],
        "requestTotals": {"status": {}, "route": {}},
        "customers": [],
        "conversations": [],
        "seeded": [],
        "agents": [],
    }


async def test_the_ledger_shows_the_records_as_the_api_does(shop: Shop) -> None:
    agent = await shop.play("/agents", {"name": "Ann", "emailAddress": "ann@shop.example"})
    customer_id = await shop.customer(name="Cid")
    conversation_id = await shop.conversation(customer_id, agentId=agent["id"])

    ledger = await shop.ledger()

    assert ledger["agents"] == [agent]
    assert ledger["customers"] == [(await shop.get(f"/customer-profiles/{customer_id}")).body]
    assert ledger["conversations"] == [(await shop.get(f"/conversations/{conversation_id}")).body]


async def test_a_stopped_sandbox_sends_and_answers_no_more(receiver: Receiver) -> None:
    sandbox = await start_gladly(GladlyOptions())
    headers = {"Authorization": aiohttp.encode_basic_auth("api@shop.example", "sandbox-token")}
    async with aiohttp.ClientSession(sandbox.url) as session:
        webhook = {"url": receiver.url, "events": ["CUSTOMER_PROFILE/CREATED"], "enabled": True}
        async with session.post("/api/v1/webhooks", json=webhook, headers=headers) as response:
            assert response.status == 201
        receiver.answering.clear()
        async with session.post("/control/customers", json={}):
            await receiver.has_events(1)

        await sandbox.stop()

        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get("/control/ledger")


async def test_a_port_in_use_is_an_oserror() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match=r"address already in use"):
        await start_gladly(GladlyOptions(port=taken.getsockname()[1]))


async def test_requests_can_be_followed(shop: Shop) -> None:
    await shop.get("/agents")
    first = (await shop.control("GET", "/requests")).body
    await shop.get("/topics")

    later = (await shop.control("GET", f"/requests?after={first['next']}")).body
    none = (await shop.control("GET", f"/requests?after={later['next']}")).body

    assert [each["path"] for each in first["requests"]] == ["/api/v1/agents"]
    assert [(each["path"], each["seq"]) for each in later["requests"]] == [("/api/v1/topics", 2)]
    assert none == {"requests": [], "next": 2}
    assert (await shop.control("GET", "/requests?after=now")).status == 400


async def test_the_totals_are_those_of_the_ledger(shop: Shop) -> None:
    await shop.get("/agents")
    await shop.get("/agents/none")

    totals = (await shop.control("GET", "/totals")).body

    assert totals == (await shop.ledger())["requestTotals"]
    assert totals["status"] == {"GET 200": 1, "GET 404": 1}


async def test_a_sandbox_can_be_given_a_clock() -> None:
    options = GladlyOptions()
    async with (
        await start_gladly(options, lambda: 1_700_000_000_000_000_000) as sandbox,
        aiohttp.ClientSession(sandbox.url) as session,
        session.post("/control/customers", json={}) as response,
    ):
        assert (await response.json())["createdAt"] == "2023-11-14T22:13:20.000Z"
