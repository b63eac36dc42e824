"""What becomes of a conversation, from Gladly's webhook to Segment's books."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.system.world import World, world

pytestmark = pytest.mark.asyncio(loop_scope="module")

E164_PHONE = "+14155550100"

CUSTOMER: dict[str, Any] = {
    "name": "Ann Archer",
    "emails": [{"original": "Ann@Shop.example", "normalized": "ann@shop.example"}],
    "phones": [{"original": "(415) 555-0100", "normalized": E164_PHONE}],
    "customAttributes": {"tier": "gold", "orders": 3, "größe": None},
}

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
MESSAGE_ID = re.compile(r"gladly-[0-9a-f]{40}")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def journey(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One world for all tests here; whatever they played, the books must agree at the end."""
    async with world(tmp_path_factory.mktemp("journey"), "shop") as running:
        yield running
        report = await running.audit()
        assert report.ok, report
        assert not report.not_delivered
        # Nothing was sent twice either, though Segment would have recognised it.
        assert report.deduplicated == 0


async def test_a_conversation_opened_and_closed_is_stored_as_the_reference_shows_it(journey: World) -> None:
    gladly, segment = journey.shop.gladly, journey.shop.segment
    agent = await gladly.play.add_agent("Bo Berg")
    topics = [await gladly.play.add_topic(name) for name in ("Returns", "Billing")]
    customer = await gladly.play.create_customer(CUSTOMER)
    conversation = await gladly.play.open(customer, agent)
    await segment.of(conversation, 1)
    await gladly.play.change_topics(conversation, topics, [])
    await gladly.play.set_status(conversation, "CLOSED")

    created, closed = await segment.of(conversation, 2)

    properties = {
        "agentId": agent,
        "agentName": "Bo Berg",
        "conversationId": conversation,
        "customerName": "Ann Archer",
        "email": "ann@shop.example",
        "phone": E164_PHONE,
        "customAttributes": CUSTOMER["customAttributes"],
    }
    assert _fixed(created) == {
        **ENVELOPE,
        "event": "Gladly Conversation Created",
        "properties": {**properties, "status": "OPEN"},
        "userId": customer,
    }
    assert _fixed(closed) == {
        **ENVELOPE,
        "event": "Gladly Conversation Closed",
        "properties": {**properties, "status": "CLOSED", "topicIds": topics},
        "userId": customer,
    }
    assert created["originalTimestamp"] == closed["originalTimestamp"]
    assert created["messageId"] != closed["messageId"]


ENVELOPE = {"context": {"library": {"name": "unknown", "version": "unknown"}}, "integrations": {}, "type": "track"}


def _fixed(event: dict[str, Any]) -> dict[str, Any]:
    """The event without what differs from run to run, once that has its form."""
    fixed = dict(event)
    assert MESSAGE_ID.fullmatch(fixed.pop("messageId"))
    for name in ("originalTimestamp", "receivedAt", "timestamp"):
        assert TIME.fullmatch(fixed.pop(name))
    return fixed


async def test_a_conversation_closed_again_after_a_reopening_is_told_again(journey: World) -> None:
    gladly, segment = journey.shop.gladly, journey.shop.segment
    conversation = await gladly.conversation(closed=False)
    await segment.of(conversation, 1)
    await gladly.play.set_status(conversation, "CLOSED")
    await gladly.play.set_status(conversation, "OPEN")
    await gladly.play.set_status(conversation, "CLOSED")

    events = await segment.of(conversation, 3)

    assert [each["properties"]["status"] for each in events] == ["OPEN", "CLOSED", "CLOSED"]
    assert len({each["messageId"] for each in events}) == 3


async def test_what_is_told_late_says_what_happened_and_not_what_is_now(journey: World) -> None:
    gladly, segment = journey.shop.gladly, journey.shop.segment
    await gladly.deliver(held=True)
    conversation = await gladly.conversation()
    await gladly.play.set_status(conversation, "OPEN")
    await gladly.deliver(held=False)

    events = await segment.of(conversation, 2)

    assert sorted(each["properties"]["status"] for each in events) == ["CLOSED", "OPEN"]


async def test_after_a_merge_the_surviving_customer_is_told_of(journey: World) -> None:
    gladly, segment = journey.shop.gladly, journey.shop.segment
    first, second, third = [await gladly.play.create_customer({"name": name}) for name in ("Ann", "Bea", "Cleo")]
    conversation = await gladly.play.open(first)
    await segment.of(conversation, 1)
    await gladly.deliver(held=True)
    await gladly.play.set_status(conversation, "CLOSED")
    await gladly.play.merge(first, second)
    await gladly.play.merge(second, third)
    await gladly.deliver(held=False)

    created, closed = await segment.of(conversation, 2)

    assert (created["userId"], created["properties"]["customerName"]) == (first, "Ann")
    assert (closed["userId"], closed["properties"]["customerName"]) == (third, "Cleo")


async def test_of_a_customer_deleted_before_the_closing_was_told_no_closing_is_sent(journey: World) -> None:
    gladly, segment, service = journey.shop.gladly, journey.shop.segment, journey.service
    customer = await gladly.play.create_customer({"name": "Ann"})
    conversation = await gladly.play.open(customer)
    await segment.of(conversation, 1)
    await gladly.deliver(held=True)
    await gladly.play.set_status(conversation, "CLOSED")
    await gladly.play.delete_customer(customer)
    await gladly.deliver(held=False)
    await gladly.all_delivered()

    outcomes = (await service.settled("shop")).outcomes

    assert outcomes["suppressed", "customer_deleted"] == 1
    assert len(await segment.of(conversation, 0)) == 1


async def test_a_conversation_that_vanished_in_a_merge_is_not_told_of(journey: World) -> None:
    gladly, segment, service = journey.shop.gladly, journey.shop.segment, journey.service
    first, second = await gladly.play.create_customer({}), await gladly.play.create_customer({})
    await gladly.deliver(held=True)
    vanishing, staying = await gladly.play.open(first), await gladly.play.open(second)
    await gladly.play.merge(first, second)
    await gladly.deliver(held=False)
    await gladly.all_delivered()

    outcomes = (await service.settled("shop")).outcomes

    assert outcomes["suppressed", "conversation_gone"] == 1
    assert (len(await segment.of(vanishing, 0)), len(await segment.of(staying, 0))) == (0, 1)


async def test_webhooks_that_come_twice_and_in_any_order_are_each_told_once(journey: World) -> None:
    gladly, segment, service = journey.shop.gladly, journey.shop.segment, journey.service
    await gladly.deliver(duplicate_share=1.0, shuffle_within_s=0.5)
    conversations = [await gladly.conversation(f"Customer {number}") for number in range(15)]
    for conversation in conversations:
        await gladly.play.set_status(conversation, "OPEN")
        await gladly.play.set_status(conversation, "CLOSED")
    await gladly.deliver(duplicate_share=0.0, shuffle_within_s=0.0)
    await gladly.all_delivered()
    await service.settled("shop")

    told = [await segment.of(conversation, 0) for conversation in conversations]

    assert [len(events) for events in told] == [3] * 15
    assert len({each["messageId"] for events in told for each in events}) == 45
    assert await service.sample("receipts_total", disposition="duplicate") >= 45


async def test_a_customer_who_changes_is_told_of_as_changed(journey: World) -> None:
    gladly, segment = journey.shop.gladly, journey.shop.segment
    customer = await gladly.play.create_customer({"name": "Ann"})
    conversation = await gladly.play.open(customer)
    await segment.of(conversation, 1)
    await gladly.play.change_customer(customer, {"name": "Anna"})
    await gladly.all_delivered()
    await gladly.play.set_status(conversation, "CLOSED")

    created, closed = await segment.of(conversation, 2)

    assert [each["properties"]["customerName"] for each in (created, closed)] == ["Ann", "Anna"]
