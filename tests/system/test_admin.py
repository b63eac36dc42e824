"""The admin listener of a running service: what it publishes holds, and what it is told is done."""

import asyncio
import base64
import itertools
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
import schemathesis
from hypothesis import given, settings
from schemathesis.specs.openapi.checks import (  # type: ignore[reportUnknownVariableType]
    ignored_auth,  # type: ignore[reportUnknownVariableType]
    positive_data_acceptance,  # type: ignore[reportUnknownVariableType]
)

from gladly_segment.core.ids import OrganizationId
from gladly_segment.service.beside import registering
from tests.system.world import WEBHOOK_HEADER, WEBHOOK_USERNAME, World, world

TOKEN: Final = "canary-admin-token-of-the-test"
BEARER: Final = {"Authorization": f"Bearer {TOKEN}"}
EXAMPLES: Final = 15
KNOWN: Final = ({"name": "shop"}, {"organization": "shop"}, {"file": "admin.css"}, {"seq": "2"}, {"seq": "3"})
"""Path parameters that name something."""

TOLD_BEFORE: Final = re.compile(r"\w+ /(connect|settings|lab|dead|completeness)/")
"""What goes on from something told before, which no schema can guess; each screen's tests tell it."""

ELSEWHERE: Final[Sequence[Any]] = [ignored_auth, positive_data_acceptance]
"""Who is let in without proof is asked in the tests of the access; here it would be throttled. A time that its schema
allows may be none, or end before it begins: each screen's tests ask for that."""

Headers = Callable[[], Mapping[str, str]]


@pytest.fixture
async def guarded_world(tmp_path: Path) -> AsyncIterator[World]:
    """A shop whose service asks for the admin token."""
    async with world(tmp_path, "shop", variables={"GLADLY_SEGMENT_ADMIN__TOKEN": TOKEN}) as running:
        yield running


async def _ask(running: World, method: str, path: str, **request: Any) -> tuple[int, Any]:
    async with running.http.request(method, running.service.admin + path, headers=BEARER, **request) as answer:
        is_json = answer.content_type == "application/json"
        return answer.status, msgspec.json.decode(await answer.read()) if is_json else await answer.text()


def _try(document: Mapping[str, Any], base_url: str, headers: Headers, *, under: str) -> dict[str, set[int]]:
    """Send every operation whose path begins like this whatever its schema allows; give the statuses answered."""
    schema: Any = schemathesis.openapi.from_dict(dict(document))
    ending = schema.include(path_regex=f"^{under}").exclude(path_regex="/stream$")
    operations = [each.ok() for each in ending.get_all_operations()]
    return {operation.label: _try_one(operation, base_url, headers) for operation in operations}


def _try_one(operation: Any, base_url: str, headers: Headers) -> set[int]:
    statuses = set[int]()

    @given(operation.as_strategy())
    @settings(max_examples=EXAMPLES, database=None)
    def send(case: Any) -> None:
        for parameters in ({}, *KNOWN):
            if parameters.keys() <= case.path_parameters.keys():
                case.path_parameters |= parameters
                sent = dict(headers())
                answer = case.call(base_url=base_url, headers=sent, allow_redirects=False)
                case.validate_response(answer, headers=sent, excluded_checks=ELSEWHERE)
                statuses.add(answer.status_code)

    send()
    return statuses


def _each_from_elsewhere(headers: Mapping[str, str]) -> Headers:
    sources = itertools.count(int(ip_address("198.18.0.0")))
    return lambda: {**headers, "X-Forwarded-For": str(ip_address(next(sources)))}


async def test_the_admin_listener_answers_as_published_whatever_it_is_sent(guarded_world: World) -> None:
    _, document = await _ask(guarded_world, "GET", "/openapi.json")
    headers = _each_from_elsewhere({**BEARER, "Sec-Fetch-Site": "same-origin"})
    await guarded_world.shop.gladly.conversation()
    await guarded_world.shop.segment.stored(2)

    answered = await asyncio.to_thread(
        _try, document, guarded_world.service.admin, headers, under="/(?!webhooks|mirror)"
    )

    assert set[int]().union(*answered.values()) <= {200, 303, 400, 401, 403, 404, 409, 422, 429}
    unanswered = {label for label, statuses in answered.items() if 200 not in statuses}
    assert {label for label in unanswered if not TOLD_BEFORE.match(label)} == {
        "GET /login",
        "POST /login",
        "POST /logout",
    }


async def test_the_webhooks_answer_as_published_whatever_they_are_sent(guarded_world: World) -> None:
    _, document = await _ask(guarded_world, "GET", "/openapi.json")
    secrets = guarded_world.shop.secrets
    login = base64.b64encode(f"{WEBHOOK_USERNAME}:{secrets.webhook_password}".encode()).decode()
    headers = {"Authorization": f"Basic {login}", WEBHOOK_HEADER: secrets.webhook_header}

    answered = await asyncio.to_thread(_try, document, guarded_world.service.url, lambda: headers, under="/webhooks")

    assert answered["POST /webhooks/{organization}"] >= {200}
    assert set[int]().union(*answered.values()) <= {200, 400, 404, 429}


async def test_a_published_answer_that_does_not_hold_is_noticed(guarded_world: World) -> None:
    _, document = await _ask(guarded_world, "GET", "/openapi.json")
    document["components"]["schemas"]["OrganizationStatus"]["properties"]["received"] = {"type": "string"}

    with pytest.raises(schemathesis.errors.FailureGroup):
        await asyncio.to_thread(_try, document, guarded_world.service.admin, lambda: BEARER, under="/status")


async def test_a_pause_at_the_admin_listener_holds_the_events_until_it_ends(guarded_world: World) -> None:
    gladly, segment = guarded_world.shop.gladly, guarded_world.shop.segment

    paused = [await _ask(guarded_world, "POST", "/organizations/shop/pause") for _ in range(2)]
    await gladly.conversation()
    await gladly.all_delivered()
    _, status = await _ask(guarded_world, "GET", "/status.json")
    while_paused = await segment.stored(0)
    resumed = await _ask(guarded_world, "POST", "/organizations/shop/resume")

    assert paused == [(200, {"name": "shop", "paused": True})] * 2
    (shop,) = status["organizations"]
    assert (shop["standing"], shop["delivered"], shop["waiting"]) == ("paused", 0, shop["received"] - shop["ignored"])
    assert shop["waiting"] > 0
    assert list(while_paused) == []
    assert resumed == (200, {"name": "shop", "paused": False})
    assert len(await segment.stored(2)) == 2
    async with registering(guarded_world.service.data_dir) as registry:
        noted = await registry.actions(OrganizationId("shop"), 10)
    assert [(each.what, each.by) for each in noted] == [("resumed", "admin"), ("paused", "admin")]


async def test_the_listener_for_webhooks_shows_nothing_of_it(guarded_world: World) -> None:
    for path in ("/metrics", "/status.json", "/openapi.json", "/login", "/"):
        assert (await guarded_world.service.get(path))[0] == 404
