"""Token and request limit, through HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest

from gladly_segment.sandbox.gladly.options import GladlyOptions

if TYPE_CHECKING:
    from tests.sandbox.gladly.conftest import Shop, StartShop


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Bearer sandbox-token",
        "Basic ???",
        "Basic \udcff",
        aiohttp.encode_basic_auth("api@shop.example", "wrong"),
        aiohttp.encode_basic_auth("other@shop.example", "sandbox-token"),
    ],
)
async def test_anyone_without_the_token_is_refused(shop: Shop, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}

    async with shop.session.get(shop.sandbox.url + "/api/v1/agents", headers=headers) as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"].startswith("Basic")
        assert (await response.json())["errors"][0]["code"] == "unauthorized"


async def test_the_scheme_may_be_written_in_any_case(shop: Shop) -> None:
    basic = aiohttp.encode_basic_auth("api@shop.example", "sandbox-token").replace("Basic", "basic")

    async with shop.session.get(shop.sandbox.url + "/api/v1/agents", headers={"Authorization": basic}) as response:
        assert response.status == 200


async def test_every_answer_says_what_is_left_of_the_limit(start_shop: StartShop) -> None:
    shop = await start_shop(GladlyOptions(rate_limit_per_s=7))

    found = await shop.get("/agents")
    missing = await shop.get("/conversations/none")
    other_method = await shop.call("DELETE", "/webhooks/none")
    async with shop.session.get(shop.sandbox.url + "/api/v1/agents") as unauthorized:
        pass

    answers = [found, missing, other_method, unauthorized]
    assert [answer.status for answer in answers] == [200, 404, 404, 401]
    assert {answer.headers["Ratelimit-Limit-Second"] for answer in answers} == {"7"}
    assert found.headers["Ratelimit-Remaining-Second"] == "6"
    assert other_method.headers["Ratelimit-Remaining-Second"] == "6"


async def test_requests_above_the_limit_get_429(start_shop: StartShop) -> None:
    shop = await start_shop(GladlyOptions(rate_limit_per_s=2))

    answers = await asyncio.gather(*(shop.get("/agents") for _ in range(30)))

    refused = [answer for answer in answers if answer.status == 429]
    assert len(answers) - len(refused) >= 2
    assert refused
    assert refused[0].headers["Ratelimit-Remaining-Second"] == "0"
    assert refused[0].body["errors"][0]["code"] == "rate_limited"


async def test_a_request_without_the_token_takes_nothing_from_the_limit(start_shop: StartShop) -> None:
    shop = await start_shop(GladlyOptions(rate_limit_per_s=1))
    for _ in range(3):
        async with shop.session.get(shop.sandbox.url + "/api/v1/agents"):
            pass

    assert (await shop.get("/agents")).status == 200


async def test_the_control_api_has_no_limit(start_shop: StartShop) -> None:
    shop = await start_shop(GladlyOptions(rate_limit_per_s=1))

    for _ in range(5):
        await shop.customer()


async def test_faults_strike_the_api_and_leave_control_alone(shop: Shop) -> None:
    rule = {"kind": "status", "status": 503, "method": "GET", "path_prefix": "/api/v1/agents", "times": 1}
    await shop.play("/faults", {"rules": [rule]})

    assert (await shop.get("/topics")).status == 200
    struck = await shop.get("/agents")
    assert struck.status == 503
    assert "Ratelimit-Limit-Second" in struck.headers
    assert (await shop.get("/agents")).status == 200


async def test_faults_can_be_cleared(shop: Shop) -> None:
    await shop.play("/faults", {"rules": [{"kind": "status", "status": 500}]})
    assert (await shop.get("/agents")).status == 500

    await shop.control("DELETE", "/faults")

    assert (await shop.get("/agents")).status == 200


async def test_a_fault_can_set_the_limit_it_shows(shop: Shop) -> None:
    headers = {"Ratelimit-Remaining-Second": "0"}
    await shop.play("/faults", {"rules": [{"kind": "status", "status": 429, "headers": headers}]})

    assert (await shop.get("/agents")).headers["Ratelimit-Remaining-Second"] == "0"


async def test_the_ledger_counts_requests_by_status_and_by_route(shop: Shop) -> None:
    await shop.get("/conversations/a")
    await shop.get("/conversations/b")
    await shop.get("/agents?page=1")
    await shop.get("/unknown")
    await shop.play("/faults", {"rules": [{"kind": "reset"}]})
    with pytest.raises(aiohttp.ClientConnectionError):
        await shop.call("PATCH", "/webhooks/a", {})

    ledger = await shop.ledger()

    assert ledger["requestTotals"] == {
        "status": {"GET 404": 3, "GET 200": 1, "PATCH none": 1},
        "route": {
            "GET /api/v1/conversations/{conversation_id}": 2,
            "GET /api/v1/agents": 1,
            "GET unknown": 1,
            "PATCH /api/v1/webhooks/{webhook_id}": 1,
        },
    }
    assert [(each["method"], each["path"], each["status"]) for each in ledger["requests"][2:]] == [
        ("GET", "/api/v1/agents?page=1", 200),
        ("GET", "/api/v1/unknown", 404),
        ("PATCH", "/api/v1/webhooks/a", None),
    ]
