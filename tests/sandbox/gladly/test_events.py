"""What each change says, and when."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from gladly_segment.sandbox.gladly.ledger import Ledger
from gladly_segment.sandbox.gladly.records import CustomerFields
from gladly_segment.sandbox.gladly.state import Organization

if TYPE_CHECKING:
    from tests.sandbox.gladly.conftest import Shop

NOON_NS = 1_562_128_212_000_000_000
ID = re.compile(r"[A-Za-z0-9_-]{22}")


async def inbox_id(shop: Shop) -> str:
    return (await shop.get("/inboxes")).body[0]["id"]


async def test_a_created_event_knows_no_agent_yet(shop: Shop) -> None:
    customer_id = await shop.customer()
    conversation_id = await shop.conversation(customer_id, agentId="ann")

    [event] = await shop.events("CONVERSATION/CREATED")

    assert set(event) == {"id", "type", "timestamp", "initiator", "content"}
    assert event["initiator"] == {"id": customer_id, "type": "CUSTOMER"}
    assert event["content"] == {
        "customerId": customer_id,
        "conversationId": conversation_id,
        "context": {"assignee": {"inboxId": await inbox_id(shop)}},
    }


async def test_the_context_is_the_state_just_before_the_event(shop: Shop) -> None:
    customer_id = await shop.customer()
    conversation_id = await shop.conversation(customer_id, agentId="ann")
    await shop.play(f"/conversations/{conversation_id}/assign", {"agentId": "bob"})
    await shop.status(conversation_id, "CLOSED")
    await shop.play(f"/conversations/{conversation_id}/assign", {"agentId": None})
    await shop.status(conversation_id, "OPEN")

    inbox = await inbox_id(shop)
    by_ann, by_bob = {"inboxId": inbox, "agentId": "ann"}, {"inboxId": inbox, "agentId": "bob"}
    [assigned, unassigned] = await shop.events("CONVERSATION_ASSIGNEE/UPDATED")
    [closed] = await shop.events("CONVERSATION/CLOSED")
    [reopened] = await shop.events("CONVERSATION/REOPENED")

    assert (assigned["content"]["context"], assigned["content"]["assignee"]) == ({"assignee": by_ann}, by_bob)
    assert closed["content"]["context"] == {"assignee": by_bob}
    assert closed["initiator"] == {"id": "bob", "type": "AGENT"}
    assert unassigned["content"]["assignee"] == {"inboxId": inbox}
    assert reopened["content"]["context"] == {"assignee": {"inboxId": inbox}}


async def test_topics_give_one_event_each(shop: Shop) -> None:
    conversation_id = await shop.conversation(await shop.customer())
    topics = f"/conversations/{conversation_id}/topics"

    await shop.play(topics, {"add": ["a", "b", "a"]})
    await shop.play(topics, {"add": ["a", "c"], "remove": ["b"]})

    added = await shop.events("CONVERSATION/TOPIC_ADDED")
    removed = await shop.events("CONVERSATION/TOPIC_REMOVED")
    assert [event["content"]["topicId"] for event in added] == ["a", "b", "c"]
    assert [event["content"]["topicId"] for event in removed] == ["b"]
    assert set(removed[0]["content"]) == {"customerId", "conversationId", "topicId", "context"}


async def test_waiting_and_back_is_a_status_update_without_initiator(shop: Shop) -> None:
    customer_id = await shop.customer()
    conversation_id = await shop.conversation(customer_id)

    await shop.status(conversation_id, "WAITING")
    await shop.status(conversation_id, "OPEN")

    updates = await shop.events("CONVERSATION_STATUS/UPDATED")
    content = {"customerId": customer_id, "conversationId": conversation_id}
    assert [event["content"] for event in updates] == [content, content]
    assert "initiator" not in updates[0]
    assert await shop.events("CONVERSATION/REOPENED") == []


async def test_what_changes_nothing_says_nothing(shop: Shop) -> None:
    conversation_id = await shop.conversation(await shop.customer(), agentId="ann")
    before = (await shop.ledger())["events"]

    await shop.status(conversation_id, "OPEN")
    await shop.play(f"/conversations/{conversation_id}/assign", {"agentId": "ann"})
    await shop.play(f"/conversations/{conversation_id}/topics", {"add": [], "remove": ["a"]})

    assert (await shop.ledger())["events"] == before


async def test_customers_give_events_of_their_profile(shop: Shop) -> None:
    customer_id = await shop.customer(name="Ann")
    await shop.control("PATCH", f"/customers/{customer_id}", {"name": "Bob"})
    await shop.control("DELETE", f"/customers/{customer_id}")

    events = (await shop.ledger())["events"]

    assert [event["type"].partition("/")[2] for event in events] == ["CREATED", "UPDATED", "DELETED"]
    assert {event["content"]["customerId"] for event in events} == {customer_id}


async def test_a_merge_names_the_conversations_that_became_one(shop: Shop) -> None:
    source, target, third = [await shop.customer() for _ in range(3)]
    vanishing, remaining = await shop.conversation(source), await shop.conversation(target)

    await shop.play(f"/customers/{source}/merge", {"into": target})
    await shop.play(f"/customers/{target}/merge", {"into": third})

    [with_conversations, without] = await shop.events("CUSTOMER/MERGED")
    assert with_conversations["content"] == {
        "sourceCustomerId": source,
        "sourceConversationId": vanishing,
        "destinationCustomerId": target,
        "destinationConversationId": remaining,
    }
    assert without["content"] == {"sourceCustomerId": target, "destinationCustomerId": third}


async def test_events_of_a_merged_customers_conversation_name_the_survivor(shop: Shop) -> None:
    source, target = await shop.customer(), await shop.customer()
    conversation_id = await shop.conversation(source)
    await shop.play(f"/customers/{source}/merge", {"into": target})

    await shop.status(conversation_id, "CLOSED")

    [closed] = await shop.events("CONVERSATION/CLOSED")
    assert closed["content"]["customerId"] == target


async def test_the_ledger_numbers_every_opening_and_closing(shop: Shop) -> None:
    customer_id = await shop.customer()
    conversation_id = await shop.conversation(customer_id)
    for status in ("CLOSED", "OPEN", "CLOSED"):
        await shop.status(conversation_id, status)

    ledger = await shop.ledger()

    [created] = await shop.events("CONVERSATION/CREATED")
    closings = await shop.events("CONVERSATION/CLOSED")
    assert [(each["seq"], each["kind"]) for each in ledger["occurrences"]] == [
        (1, "CREATED"),
        (2, "CLOSED"),
        (3, "CLOSED"),
    ]
    for occurrence, event in zip(ledger["occurrences"], [created, *closings], strict=True):
        assert occurrence["eventId"] == event["id"]
        assert occurrence["at"] == event["timestamp"]
        assert occurrence["createdAt"] == ledger["conversations"][0]["createdAt"]
        assert (occurrence["conversationId"], occurrence["customerId"]) == (conversation_id, customer_id)


def organization_at(now_ns: int, seed: int = 0) -> Organization:
    return Organization(now_ns=lambda: now_ns, seed=seed, ledger=Ledger())


def test_event_times_are_exact_where_resource_times_are_cut() -> None:
    organization = organization_at(NOON_NS + 70_900_000)
    customer = organization.customers.create(CustomerFields())

    assert organization.log.all()[0].timestamp == "2019-07-03T04:30:12.0709Z"
    assert customer.created_at == "2019-07-03T04:30:12.070Z"


def test_event_times_ascend_even_when_the_clock_stands_still() -> None:
    organization = organization_at(NOON_NS)
    for _ in range(3):
        organization.customers.create(CustomerFields())

    assert [event.timestamp for event in organization.log.all()] == [
        "2019-07-03T04:30:12Z",
        "2019-07-03T04:30:12.000000001Z",
        "2019-07-03T04:30:12.000000002Z",
    ]


def test_ids_look_like_gladlys_and_come_from_the_seed() -> None:
    def ids(seed: int) -> list[Any]:
        organization = organization_at(NOON_NS, seed)
        customer = organization.customers.create(CustomerFields())
        conversation = organization.conversations.create(customer.id, organization.default_inbox.id, UNSET, ())
        agent = organization.add_agent("Ann", "ann@shop.example")
        return [customer.id, conversation.id, agent.id, *(event.id for event in organization.log.all())]

    assert all(ID.fullmatch(each) for each in ids(1))
    assert len(set(ids(1))) == 5
    assert ids(1) == ids(1)
    assert ids(1) != ids(2)
