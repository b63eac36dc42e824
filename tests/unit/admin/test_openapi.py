"""The published document: it comes from the same tables as the routes."""

import re
from typing import Any

import msgspec
import pytest
import schemathesis

from gladly_segment import receive
from gladly_segment.admin.access import Access
from gladly_segment.admin.answers import PROBLEMS
from gladly_segment.admin.handlers import Handlers
from gladly_segment.admin.openapi import openapi
from gladly_segment.debugger.overview import endpoints as overview
from gladly_segment.transport.endpoints import Published
from tests.support.clock import ManualClock
from tests.unit.admin.conftest import BEARER, FROM_PAGE, OPEN, Desk, WatchedService

OWN = [route.endpoint for route in Handlers(WatchedService(), Access(OPEN, ManualClock()), bytes, {}).routes()]
ENDPOINTS = [*OWN, overview.STATUS, overview.FLOW, overview.PAGE]
WEBHOOKS = Published("https://hooks.shop.example", receive.ENDPOINTS)


@pytest.fixture
async def document(desk: Desk) -> Any:
    desk.admin.publish(WEBHOOKS)
    return (await desk.get("/openapi.json", BEARER)).json


def test_the_document_is_an_openapi_document() -> None:
    document = msgspec.json.decode(openapi([Published("https://a.example", ENDPOINTS), WEBHOOKS]))

    assert document["openapi"].startswith("3.1")
    assert schemathesis.openapi.from_dict(document).validate() is None
    document["paths"]["/healthz"]["get"]["responses"] = "none"
    with pytest.raises(ValueError, match="not of type"):
        schemathesis.openapi.from_dict(document).validate()


async def test_it_names_every_endpoint_with_the_place_where_it_is(desk: Desk, document: Any) -> None:
    there = {
        (method.upper(), path, server["url"])
        for path, methods in document["paths"].items()
        for server in methods["servers"]
        for method in methods.keys() - {"servers"}
    }

    assert there >= {(each.method, each.path, desk.url) for each in ENDPOINTS}
    assert there >= {(each.method, each.path, WEBHOOKS.url) for each in receive.ENDPOINTS}
    assert len(there) == len(ENDPOINTS) + len(receive.ENDPOINTS)


async def test_every_endpoint_in_it_is_answered(desk: Desk, document: Any) -> None:
    unknown = [
        (each.method, each.path)
        for each in ENDPOINTS
        if (await desk.ask(each.method, each.path.replace("{name}", "shop"), BEARER)).status in (404, 405)
    ]

    assert unknown == [("GET", "/static/{file}")]


async def test_what_needs_a_proof_says_so_and_refuses_without(desk: Desk, document: Any) -> None:
    for each in ENDPOINTS:
        needs = document["paths"][each.path][each.method.lower()]["security"]
        answer = await desk.ask(each.method, each.path.replace("{name}", "shop"), FROM_PAGE)
        guarded = answer.headers["Content-Type"] == "application/json" and answer.json.get("error", {}).get("code")
        assert (guarded == "not_signed_in") is bool(needs), each.path
    assert document["paths"]["/webhooks/{organization}"]["post"]["security"] == [{"webhookLogin": []}]


async def test_what_listeners_have_alike_is_there_with_the_answers_of_both(document: Any) -> None:
    readyz = document["paths"]["/readyz"]

    assert len(readyz["servers"]) == 2
    assert set(readyz["get"]["responses"]) == {"200", "421", "503"}
    examples = readyz["get"]["responses"]["503"]["content"]["application/json"]["examples"]
    assert {each["value"]["error"]["message"] for each in examples.values()} >= {"The service is shutting down."}


async def test_every_problem_is_an_example_of_some_answer(document: Any) -> None:
    codes = set(re.findall(r'"code":"(\w+)"', msgspec.json.encode(document).decode()))

    assert {each.code for each in PROBLEMS} - codes == {"unexpected_error"}


async def test_names_in_paths_are_parameters(document: Any) -> None:
    (parameter,) = document["paths"]["/organizations/{name}/pause"]["post"]["parameters"]

    assert (parameter["name"], parameter["in"], parameter["required"]) == ("name", "path", True)
