"""Deliveries that are held back, doubled or shuffled, and the wait for their end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gladly_segment.sandbox.gladly.options import GladlyOptions

if TYPE_CHECKING:
    from tests.sandbox.gladly.conftest import Receiver, Shop, StartShop

CREATED, CLOSED = "CONVERSATION/CREATED", "CONVERSATION/CLOSED"


async def test_a_held_delivery_waits_for_its_release(shop: Shop, receiver: Receiver) -> None:
    await shop.webhook(receiver.url, CREATED, CLOSED)
    held = await shop.play("/deliveries", {"held": True})
    await shop.status(await shop.conversation(await shop.customer()), "CLOSED")

    assert held == {"held": True, "duplicate_share": 0.0, "lose_share": 0.0, "shuffle_within_s": 0.0}
    assert (await shop.control("GET", "/idle?timeout_s=0")).body == {"idle": False}
    assert receiver.events == []
    await shop.play("/deliveries", {"held": False})
    await receiver.has_events(2)


async def test_the_idle_poll_counts_what_is_held_when_the_last_in_flight_ends(shop: Shop, receiver: Receiver) -> None:
    await shop.webhook(receiver.url, CREATED, CLOSED)
    receiver.answering.clear()
    conversation_id = await shop.conversation(await shop.customer())
    await receiver.has_events(1)
    await shop.play("/deliveries", {"held": True})
    await shop.status(conversation_id, "CLOSED")

    receiver.answering.set()
    while not await shop.attempts():
        pass

    assert (await shop.control("GET", "/idle?timeout_s=0")).body == {"idle": False}


async def test_the_idle_poll_waits_for_what_is_in_flight(shop: Shop, receiver: Receiver) -> None:
    await shop.webhook(receiver.url, CREATED)
    receiver.answering.clear()
    assert (await shop.control("GET", "/idle?timeout_s=30")).body == {"idle": True}
    await shop.conversation(await shop.customer())
    await receiver.has_events(1)

    assert (await shop.control("GET", "/idle?timeout_s=0")).body == {"idle": False}
    receiver.answering.set()
    assert (await shop.control("GET", "/idle?timeout_s=30")).body == {"idle": True}


async def test_the_idle_poll_counts_what_waits_for_a_retry(shop: Shop, receiver: Receiver) -> None:
    await shop.webhook(receiver.url, CREATED)
    receiver.status = 500
    await shop.conversation(await shop.customer())
    await receiver.has_events(1)

    assert (await shop.control("GET", "/idle?timeout_s=0.1")).body == {"idle": False}


async def test_a_share_of_the_events_is_delivered_twice(shop: Shop, receiver: Receiver) -> None:
    await shop.webhook(receiver.url, CREATED)
    await shop.play("/deliveries", {"duplicate_share": 0.5})
    customer_id = await shop.customer()
    for _ in range(40):
        await shop.conversation(customer_id)
    await shop.idle()

    ids = [event["id"] for event in receiver.events]
    assert len(set(ids)) == 40
    assert 45 <= len(ids) <= 75
    assert {ids.count(each) for each in ids} == {1, 2}


async def test_shuffled_deliveries_break_the_order_and_lose_nothing(shop: Shop, receiver: Receiver) -> None:
    await shop.webhook(receiver.url, CREATED)
    await shop.play("/deliveries", {"shuffle_within_s": 0.2})
    customer_id = await shop.customer()
    for _ in range(40):
        await shop.conversation(customer_id)
    await shop.idle()

    arrived = [event["id"] for event in receiver.events]
    sent = [event["id"] for event in await shop.events(CREATED)]
    assert arrived != sent
    assert sorted(arrived) == sorted(sent)


async def test_misbehaviour_comes_from_the_seed(start_shop: StartShop, receiver: Receiver) -> None:
    async def doubled(seed: int) -> list[int]:
        shop = await start_shop(GladlyOptions(seed=seed))
        await shop.webhook(f"{receiver.url}/{seed}", CREATED)
        await shop.play("/deliveries", {"duplicate_share": 0.5})
        customer_id = await shop.customer()
        for _ in range(20):
            await shop.conversation(customer_id)
        await shop.idle()
        sent = [attempt["eventId"] for attempt in await shop.attempts()]
        return [sent.count(event["id"]) for event in await shop.events(CREATED)]

    assert await doubled(1) == await doubled(1)
    assert await doubled(1) != await doubled(2)


async def test_what_is_left_out_of_the_delivery_order_stays(shop: Shop) -> None:
    await shop.play("/deliveries", {"duplicate_share": 0.25, "shuffle_within_s": 1.5})

    now = await shop.play("/deliveries", {"held": True})

    assert now == {"held": True, "duplicate_share": 0.25, "lose_share": 0.0, "shuffle_within_s": 1.5}


@pytest.mark.parametrize("order", [{"duplicate_share": 1.5}, {"shuffle_within_s": -1}, {"held": "yes"}, {"hold": True}])
async def test_a_faulty_delivery_order_is_refused(shop: Shop, order: dict[str, Any]) -> None:
    assert (await shop.control("POST", "/deliveries", order)).status == 400


async def test_what_is_lost_gladly_believes_delivered(shop: Shop, receiver: Receiver) -> None:
    webhook = await shop.webhook(receiver.url, CREATED, CLOSED)
    await shop.play("/deliveries", {"lose_share": 1})
    await shop.conversation(await shop.customer())
    await shop.idle()
    await shop.play("/deliveries", {"lose_share": 0})
    await shop.conversation(await shop.customer())
    await shop.idle()

    lost, delivered = await shop.attempts()

    assert len(receiver.events) == 1
    assert (lost["error"], "status" in lost, lost["attempt"]) == ("Lost", False, 1)
    assert delivered["status"] == 200
    assert (await shop.get(f"/webhooks/{webhook}")).body["enabled"]
    assert (await shop.ledger())["dropped"] == []


async def test_a_share_is_lost_at_random(shop: Shop, receiver: Receiver) -> None:
    await shop.webhook(receiver.url, CREATED)
    await shop.play("/deliveries", {"lose_share": 0.5})
    customer_id = await shop.customer()
    for _ in range(40):
        await shop.conversation(customer_id)
    await shop.idle()

    assert 5 < len(receiver.events) < 35
