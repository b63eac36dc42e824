"""`/webhooks`: registering, changing and refusing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.gladly.conftest import Answer, Receiver, Shop

HTTPS_URL = "https://gateway.shop.example/hook"
CLOSED = "CONVERSATION/CLOSED"


async def register(shop: Shop, **fields: Any) -> Answer:
    return await shop.call("POST", "/webhooks", {"url": HTTPS_URL, "events": [CLOSED]} | fields)


def faults(answer: Answer) -> list[tuple[str | None, str]]:
    return [(error.get("attr"), error["code"]) for error in answer.body["errors"]]


async def test_a_webhook_is_registered_disabled_and_found_at_its_location(shop: Shop) -> None:
    created = await register(shop, name="CSAT")

    location = created.headers["Location"]
    assert created.status == 201
    assert re.fullmatch(r"/api/v1/webhooks/[A-Za-z0-9_-]{22}", location)
    shown = (await shop.get(location.removeprefix("/api/v1"))).body
    assert shown == {
        "id": location.rpartition("/")[2],
        "name": "CSAT",
        "events": [CLOSED],
        "url": HTTPS_URL,
        "enabled": False,
        "hasCredentials": False,
        "headerKeys": [],
        "createdAt": shown["createdAt"],
        "updatedAt": shown["createdAt"],
    }
    assert (await shop.get("/webhooks")).body == [shown]


async def test_secrets_can_be_written_and_not_read(shop: Shop, receiver: Receiver) -> None:
    webhook_id = await shop.webhook(
        receiver.url,
        CLOSED,
        credentials={"username": "u", "password": "s3cret-password", "realm": "r"},
        headers={"X-Token": "s3cret-token"},
    )

    shown = (await shop.get(f"/webhooks/{webhook_id}")).body

    assert (shown["hasCredentials"], shown["headerKeys"]) == (True, ["X-Token"])
    assert "s3cret" not in str(shown) + str((await shop.get("/webhooks")).body) + str(await shop.ledger())


async def test_a_change_touches_the_given_fields_only(shop: Shop) -> None:
    await register(shop, name="before", headers={"X-Token": "t"})
    [before] = (await shop.get("/webhooks")).body

    changed = await shop.call("PATCH", f"/webhooks/{before['id']}", {"name": "after"})

    [after] = (await shop.get("/webhooks")).body
    assert (changed.status, changed.body) == (204, "")
    assert after == before | {"name": "after", "updatedAt": after["updatedAt"]}


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"url": ""}, ("url", "blank")),
        ({"url": "http://gateway.shop.example/hook"}, ("url", "invalid")),
        ({"url": "gateway.shop.example"}, ("url", "invalid")),
        ({"url": "https://"}, ("url", "invalid")),
        ({"url": "https://[::1/hook"}, ("url", "invalid")),
        ({"url": "https://host:port/hook"}, ("url", "invalid")),
        ({"url": 7}, ("url", "invalid")),
        ({"name": "x" * 201}, ("name", "too_long")),
        ({"events": []}, ("events", "blank")),
        ({"events": ["CONVERSATION/EXPLODED"]}, ("events", "invalid")),
        ({"events": ["PING"]}, ("events", "invalid")),
        ({"events": [CLOSED, 7]}, ("events[1]", "invalid")),
        ({"credentials": {"username": "u"}}, ("credentials.password", "invalid")),
        ({"credentials": {"username": "", "password": "p"}}, ("credentials.username", "blank")),
        ({"headers": {"X Token": "t"}}, ("headers", "invalid")),
        ({"headers": {"X-Token": "a\r\nb"}}, ("headers", "invalid")),
        ({"enabled": "yes"}, ("enabled", "invalid")),
    ],
)
async def test_a_faulty_webhook_is_refused_with_the_field(
    shop: Shop, fields: dict[str, Any], fault: tuple[str, str]
) -> None:
    created = await register(shop, **fields)
    await register(shop)
    [webhook] = (await shop.get("/webhooks")).body
    changed = await shop.call("PATCH", f"/webhooks/{webhook['id']}", fields)

    for answer in (created, changed):
        assert (answer.status, faults(answer)) == (400, [fault])
    assert (await shop.get("/webhooks")).body == [webhook]


async def test_url_and_events_are_required_and_every_fault_is_told(shop: Shop) -> None:
    answer = await shop.call("POST", "/webhooks", {"name": "x" * 201})

    assert faults(answer) == [("name", "too_long"), ("events", "blank"), ("url", "blank")]


async def test_a_body_that_is_no_json_object_is_refused(shop: Shop) -> None:
    answer = await shop.call("POST", "/webhooks", [])

    assert (answer.status, faults(answer)) == (400, [(None, "invalid")])


async def test_unknown_and_read_only_fields_are_ignored(shop: Shop) -> None:
    answer = await register(shop, id="mine", hasCredentials=True, colour="blue")

    assert answer.status == 201
    [shown] = (await shop.get("/webhooks")).body
    assert (shown["id"] != "mine", shown["hasCredentials"]) == (True, False)


async def test_a_name_of_200_characters_is_taken(shop: Shop) -> None:
    assert (await register(shop, name="x" * 200)).status == 201


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
async def test_plain_http_is_allowed_to_this_machine(shop: Shop, host: str) -> None:
    assert (await register(shop, url=f"http://{host}:1/hook")).status == 201


async def test_a_url_is_given_to_one_webhook_only(shop: Shop) -> None:
    await register(shop)
    second = await register(shop)
    await register(shop, url=HTTPS_URL + "/2")
    other = (await shop.get("/webhooks")).body[1]
    changed = await shop.call("PATCH", f"/webhooks/{other['id']}", {"url": HTTPS_URL})

    assert (second.status, faults(second)) == (400, [("url", "taken")])
    assert (changed.status, faults(changed)) == (400, [("url", "taken")])


async def test_an_organization_has_at_most_20_webhooks(shop: Shop) -> None:
    answers = [await register(shop, url=f"{HTTPS_URL}/{number}") for number in range(21)]

    assert [answer.status for answer in answers] == [201] * 20 + [400]
    assert len((await shop.get("/webhooks")).body) == 20


async def test_a_webhook_must_be_disabled_before_it_is_deleted(shop: Shop, receiver: Receiver) -> None:
    webhook_id = await shop.webhook(receiver.url, CLOSED)

    refused = await shop.call("DELETE", f"/webhooks/{webhook_id}")
    await shop.call("PATCH", f"/webhooks/{webhook_id}", {"enabled": False})
    deleted = await shop.call("DELETE", f"/webhooks/{webhook_id}")

    assert (refused.status, faults(refused)) == (400, [("enabled", "invalid")])
    assert deleted.status == 204
    assert (await shop.get(f"/webhooks/{webhook_id}")).status == 404
    assert (await shop.get("/webhooks")).body == []


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_an_unknown_webhook_is_404(shop: Shop, method: str) -> None:
    assert (await shop.call(method, "/webhooks/none", {})).status == 404


async def test_a_ping_is_sent_when_a_webhook_is_enabled_or_its_url_changes(shop: Shop, receiver: Receiver) -> None:
    await register(shop, url=receiver.url)
    [webhook] = (await shop.get("/webhooks")).body
    pings: list[int] = []
    for change in (
        {"name": "new"},
        {"enabled": True},
        {"enabled": True},
        {"url": receiver.url + "/2"},
        {"enabled": False},
        {"url": receiver.url + "/3"},
    ):
        assert (await shop.call("PATCH", f"/webhooks/{webhook['id']}", change)).status == 204
        pings.append(len(receiver.types))

    assert pings == [0, 1, 1, 2, 2, 3]
    assert set(receiver.types) == {"PING"}
    [_, ping] = receiver.posts[0]
    assert set(ping) == {"id", "type", "timestamp", "content"}


async def test_a_ping_carries_the_credentials_and_headers(shop: Shop, receiver: Receiver) -> None:
    await shop.webhook(
        receiver.url,
        CLOSED,
        credentials={"username": "gladly", "password": "pässword"},
        headers={"X-Token": "t"},
    )

    [(headers, _)] = receiver.posts
    assert headers["Authorization"] == "Basic Z2xhZGx5OnDDpHNzd29yZA=="
    assert headers["X-Token"] == "t"


@pytest.mark.parametrize("ping_status", [204, 302, 401, 500])
async def test_without_a_200_to_the_ping_the_change_fails(shop: Shop, receiver: Receiver, ping_status: int) -> None:
    receiver.ping_status = ping_status
    created = await register(shop, url=receiver.url, enabled=True)
    await register(shop)
    [webhook] = (await shop.get("/webhooks")).body
    enabled = await shop.call("PATCH", f"/webhooks/{webhook['id']}", {"url": receiver.url, "enabled": True})

    assert (created.status, faults(created)) == (400, [("url", "invalid")])
    assert (enabled.status, faults(enabled)) == (400, [("url", "invalid")])
    assert (await shop.get("/webhooks")).body == [webhook]


async def test_a_receiver_that_cannot_be_reached_fails_the_ping(shop: Shop) -> None:
    answer = await register(shop, url="http://127.0.0.1:1/hook", enabled=True)

    assert answer.status == 400
    [attempt] = (await shop.ledger())["deliveries"]
    assert attempt["type"] == "PING"
    assert attempt["error"]
