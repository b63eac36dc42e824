"""Webhook delivery: what is sent, in which order, and the retry schedule."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gladly_segment.sandbox.gladly.options import GladlyOptions

if TYPE_CHECKING:
    from tests.sandbox.gladly.conftest import Receiver, Shop, StartShop

TIME_FACTOR = 20_000.0
RETRY_AFTER_S = (30, 300, 1800, 3600)

CREATED, CLOSED = "CONVERSATION/CREATED", "CONVERSATION/CLOSED"


@pytest.fixture
async def fast_shop(start_shop: StartShop) -> Shop:
    """Its retry schedule takes less than a third of a second."""
    return await start_shop(GladlyOptions(rate_limit_per_s=1000, time_factor=TIME_FACTOR))


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_an_event_is_posted_as_json_with_its_proofs(shop: Shop, receiver: Receiver) -> None:
    credentials = {"username": "gladly", "password": "password"}
    webhook_id = await shop.webhook(receiver.url, CREATED, credentials=credentials, headers={"X-Token": "t"})
    await shop.conversation(await shop.customer())
    await shop.idle()

    headers, body = receiver.posts[-1]
    assert headers["Content-Type"] == "application/json"
    assert headers["Authorization"] == "Basic Z2xhZGx5OnBhc3N3b3Jk"
    assert headers["X-Token"] == "t"
    assert body == (await shop.events(CREATED))[0]
    [attempt] = await shop.attempts()
    assert (attempt["eventId"], attempt["type"], attempt["webhookId"]) == (body["id"], CREATED, webhook_id)
    assert (attempt["attempt"], attempt["status"]) == (1, 200)
    assert instant(attempt["startedAt"]) <= instant(attempt["endedAt"])


async def test_a_webhook_gets_the_types_it_asked_for(shop: Shop, receiver: Receiver) -> None:
    await shop.webhook(receiver.url + "/1", CLOSED)
    await shop.webhook(receiver.url + "/2", CLOSED, "CONVERSATION/REOPENED")
    await shop.webhook(receiver.url + "/3", CREATED)
    disabled = await shop.webhook(receiver.url + "/4", CLOSED)
    await shop.call("PATCH", f"/webhooks/{disabled}", {"enabled": False})
    conversation_id = await shop.conversation(await shop.customer())
    await shop.status(conversation_id, "CLOSED")
    await shop.status(conversation_id, "OPEN")
    await shop.idle()

    assert sorted(event["type"] for event in receiver.events) == [
        CLOSED,
        CLOSED,
        CREATED,
        "CONVERSATION/REOPENED",
    ]


async def test_deliveries_start_in_the_order_of_the_events(shop: Shop, receiver: Receiver) -> None:
    await shop.webhook(receiver.url, CREATED)
    await shop.play("/deliveries", {"held": True})
    customer_id = await shop.customer()
    for _ in range(30):
        await shop.conversation(customer_id)
    await shop.play("/deliveries", {"held": False})
    await shop.idle()

    started = sorted(await shop.attempts(), key=lambda attempt: attempt["startedAt"])
    assert [each["eventId"] for each in started] == [event["id"] for event in await shop.events(CREATED)]


async def test_events_do_not_wait_for_one_another(shop: Shop, receiver: Receiver) -> None:
    await shop.webhook(receiver.url, CREATED)
    receiver.answering.clear()
    customer_id = await shop.customer()

    await shop.conversation(customer_id)
    await shop.conversation(customer_id)

    await receiver.has_events(2)


async def test_at_most_50_deliveries_are_in_flight(shop: Shop, receiver: Receiver) -> None:
    await shop.webhook(receiver.url, CREATED)
    receiver.answering.clear()
    customer_id = await shop.customer()
    for _ in range(60):
        await shop.conversation(customer_id)
    await receiver.has_events(50)
    for _ in range(20):
        await shop.ledger()

    receiver.answering.set()
    await shop.idle()

    assert (receiver.most_in_flight, len(receiver.events)) == (50, 60)


@pytest.mark.parametrize("status", [200, 202, 204, 299])
async def test_any_2xx_is_an_acceptance(fast_shop: Shop, receiver: Receiver, status: int) -> None:
    await fast_shop.webhook(receiver.url, CREATED)
    receiver.status = status
    await fast_shop.conversation(await fast_shop.customer())
    await fast_shop.idle()

    assert [attempt["status"] for attempt in await fast_shop.attempts()] == [status]


@pytest.mark.parametrize("status", [301, 302, 400, 401, 410, 429, 500, 503])
async def test_anything_else_is_tried_again(fast_shop: Shop, receiver: Receiver, status: int) -> None:
    await fast_shop.webhook(receiver.url, CREATED)
    receiver.statuses = [status, status]
    await fast_shop.conversation(await fast_shop.customer())
    await fast_shop.idle()

    made = await fast_shop.attempts()
    assert [(attempt["attempt"], attempt["status"]) for attempt in made] == [
        (1, status),
        (2, status),
        (3, 200),
    ]
    assert [event["id"] for event in receiver.events] == [receiver.events[0]["id"]] * 3
    assert [webhook["enabled"] for webhook in (await fast_shop.get("/webhooks")).body] == [True]


async def test_a_receiver_that_does_not_answer_in_time_is_tried_again(fast_shop: Shop, receiver: Receiver) -> None:
    await fast_shop.webhook(receiver.url, CREATED)
    receiver.answers_left_out = 1
    await fast_shop.conversation(await fast_shop.customer())
    await fast_shop.idle()

    first, second = await fast_shop.attempts()
    assert "Timeout" in first["error"]
    assert "status" not in first
    assert second["status"] == 200


async def test_after_four_retries_on_schedule_the_webhook_is_disabled(fast_shop: Shop, receiver: Receiver) -> None:
    webhook_id = await fast_shop.webhook(receiver.url, CREATED)
    receiver.status = 500
    await fast_shop.conversation(await fast_shop.customer())
    await fast_shop.idle()

    made = await fast_shop.attempts()
    assert [attempt["attempt"] for attempt in made] == [1, 2, 3, 4, 5]
    for failed, retry, wait_s in zip(made, made[1:], RETRY_AFTER_S, strict=False):
        waited = instant(retry["dueAt"]) - instant(failed["endedAt"])
        assert abs(waited - timedelta(seconds=wait_s / TIME_FACTOR)) <= timedelta(microseconds=1)
        assert instant(retry["startedAt"]) >= instant(retry["dueAt"])
    webhook = (await fast_shop.get(f"/webhooks/{webhook_id}")).body
    assert not webhook["enabled"]
    assert instant(webhook["disabledAtDueToRetryLimit"]) <= instant(webhook["updatedAt"])


async def test_what_a_disabled_webhook_missed_is_never_sent(fast_shop: Shop, receiver: Receiver) -> None:
    webhook_id = await fast_shop.webhook(receiver.url, CREATED)
    receiver.status = 500
    customer_id = await fast_shop.customer()
    for _ in range(3):
        await fast_shop.conversation(customer_id)
    await fast_shop.idle()
    await fast_shop.conversation(customer_id)
    receiver.status, seen = 200, len(receiver.events)

    await fast_shop.call("PATCH", f"/webhooks/{webhook_id}", {"enabled": True})
    later = await fast_shop.conversation(customer_id)
    await fast_shop.idle()

    assert [event["content"]["conversationId"] for event in receiver.events[seen:]] == [later]
    events = [event["id"] for event in await fast_shop.events(CREATED)]
    dropped = [drop["eventId"] for drop in (await fast_shop.ledger())["dropped"]]
    assert sorted(dropped) == sorted(events[:3])
    assert "disabledAtDueToRetryLimit" not in (await fast_shop.get(f"/webhooks/{webhook_id}")).body


async def test_disabling_by_hand_drops_what_waits_for_a_retry(shop: Shop, receiver: Receiver) -> None:
    webhook_id = await shop.webhook(receiver.url, CREATED)
    receiver.status = 500
    await shop.conversation(await shop.customer())
    await receiver.has_events(1)

    await shop.call("PATCH", f"/webhooks/{webhook_id}", {"enabled": False})
    await shop.idle()

    ledger = await shop.ledger()
    assert [drop["webhookId"] for drop in ledger["dropped"]] == [webhook_id]
    assert len(await shop.attempts()) == 1
    assert "disabledAtDueToRetryLimit" not in (await shop.get(f"/webhooks/{webhook_id}")).body


async def test_a_retry_goes_to_the_webhooks_new_url(start_shop: StartShop, receiver: Receiver) -> None:
    shop = await start_shop(GladlyOptions(time_factor=30))
    webhook_id = await shop.webhook(receiver.url, CREATED, headers={"X-Token": "old"})
    receiver.statuses = [500]
    receiver.answering.clear()
    await shop.conversation(await shop.customer())
    await receiver.has_events(1)

    changed = {"url": receiver.url + "/2", "headers": {"X-Token": "new"}}
    await shop.call("PATCH", f"/webhooks/{webhook_id}", changed)
    receiver.answering.set()
    await shop.idle()

    tokens = [headers["X-Token"] for headers, body in receiver.posts if body["type"] == CREATED]
    assert tokens == ["old", "new"]
