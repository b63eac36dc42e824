"""Conversations, as the API shows them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from gladly_segment.sandbox.gladly.options import GladlyOptions

if TYPE_CHECKING:
    from tests.sandbox.gladly.conftest import Shop, StartShop

MILLISECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


async def test_a_new_conversation_shows_nothing_it_does_not_have(shop: Shop) -> None:
    customer_id = await shop.customer(name="Ann")
    conversation_id = await shop.conversation(customer_id)

    shown = (await shop.get(f"/conversations/{conversation_id}")).body

    assert set(shown) == {"id", "customerId", "inboxId", "customAttributes", "createdAt", "status"}
    assert (shown["id"], shown["customerId"], shown["status"]) == (conversation_id, customer_id, "OPEN")
    assert shown["customAttributes"] == []
    assert shown["inboxId"] in {inbox["id"] for inbox in (await shop.get("/inboxes")).body}
    assert MILLISECONDS.fullmatch(shown["createdAt"])


async def test_agent_inbox_and_attributes_are_shown_as_given(shop: Shop) -> None:
    inbox = await shop.play("/inboxes", {"name": "Returns"})
    attributes = [{"id": "order", "value": "1234"}, {"id": "order", "value": "5678"}]
    conversation_id = await shop.conversation(
        await shop.customer(), agentId="agent-who-left", inboxId=inbox["id"], customAttributes=attributes
    )

    shown = (await shop.get(f"/conversations/{conversation_id}")).body

    assert (shown["agentId"], shown["inboxId"]) == ("agent-who-left", inbox["id"])
    assert shown["customAttributes"] == attributes


async def test_closed_at_is_there_while_the_conversation_is_closed(shop: Shop) -> None:
    conversation_id = await shop.conversation(await shop.customer())

    await shop.status(conversation_id, "CLOSED")
    closed = (await shop.get(f"/conversations/{conversation_id}")).body
    await shop.status(conversation_id, "OPEN")
    reopened = (await shop.get(f"/conversations/{conversation_id}")).body

    assert closed["status"] == "CLOSED"
    assert MILLISECONDS.fullmatch(closed["closedAt"])
    assert reopened["status"] == "OPEN"
    assert "closedAt" not in reopened


async def test_no_two_closings_are_of_one_millisecond(start_shop: StartShop) -> None:
    shop = await start_shop(GladlyOptions())
    conversation_id = await shop.conversation(await shop.customer())
    closings: set[str] = set()
    for _ in range(20):
        closed = await shop.play(f"/conversations/{conversation_id}/status", {"status": "CLOSED"})
        closings.add(closed["closedAt"])
        await shop.status(conversation_id, "OPEN")

    assert len(closings) == 20


async def test_topic_ids_are_absent_where_there_are_none(shop: Shop) -> None:
    conversation_id = await shop.conversation(await shop.customer())
    topics = f"/conversations/{conversation_id}/topics"

    both = await shop.play(topics, {"add": ["refund", "delivery"]})
    one = await shop.play(topics, {"add": ["delivery"], "remove": ["refund", "never-set"]})
    none = await shop.play(topics, {"remove": ["delivery"]})

    assert both["topicIds"] == ["refund", "delivery"]
    assert one["topicIds"] == ["delivery"]
    assert "topicIds" not in none


async def test_a_conversation_is_assigned_and_unassigned(shop: Shop) -> None:
    conversation_id = await shop.conversation(await shop.customer())
    assign = f"/conversations/{conversation_id}/assign"

    assert (await shop.play(assign, {"agentId": "ann"}))["agentId"] == "ann"
    assert "agentId" not in await shop.play(assign, {"agentId": None})


async def test_the_timeline_tells_status_and_topic_changes(shop: Shop) -> None:
    customer_id = await shop.customer()
    conversation_id = await shop.conversation(customer_id, agentId="ann")
    await shop.play(f"/conversations/{conversation_id}/topics", {"add": ["refund"]})
    await shop.status(conversation_id, "CLOSED")

    items = (await shop.get(f"/conversations/{conversation_id}/items")).body

    assert [item["content"] for item in items] == [
        {"type": "CONVERSATION_STATUS_CHANGE", "status": "OPEN"},
        {"type": "TOPIC_CHANGE", "addedTopicIds": ["refund"], "removedTopicIds": []},
        {"type": "CONVERSATION_STATUS_CHANGE", "status": "CLOSED"},
    ]
    assert {item["conversationId"] for item in items} == {conversation_id}
    assert {item["customerId"] for item in items} == {customer_id}
    assert items[0]["initiator"] == {"id": customer_id, "type": "CUSTOMER"}
    assert items[2]["initiator"] == {"id": "ann", "type": "AGENT"}
    assert all(MILLISECONDS.fullmatch(item["timestamp"]) for item in items)
    assert len({item["id"] for item in items}) == 3


@pytest.mark.parametrize("path", ["/conversations/none", "/conversations/none/items"])
async def test_a_conversation_that_never_was_is_404_in_the_list_form(shop: Shop, path: str) -> None:
    answer = await shop.get(path)

    assert answer.status == 404
    assert answer.body["errors"][0]["code"] == "not_exist"


async def test_a_customers_conversations_are_listed_oldest_first(shop: Shop) -> None:
    customer_id = await shop.customer()
    ids = [await shop.conversation(customer_id) for _ in range(3)]
    await shop.conversation(await shop.customer())

    answer = await shop.get(f"/customers/{customer_id}/conversations")

    assert [each["id"] for each in answer.body] == ids
    assert "Gladly-Limited-Data" not in answer.headers


async def test_a_list_of_more_than_100_conversations_is_cut_and_says_so(shop: Shop) -> None:
    customer_id = await shop.customer()
    for _ in range(100):
        await shop.conversation(customer_id)
    whole = await shop.get(f"/customers/{customer_id}/conversations")
    await shop.conversation(customer_id)

    cut = await shop.get(f"/customers/{customer_id}/conversations")

    assert (len(whole.body), "Gladly-Limited-Data" in whole.headers) == (100, False)
    assert (len(cut.body), cut.headers["Gladly-Limited-Data"]) == (100, "true")


async def test_a_closed_conversation_cannot_wait(shop: Shop) -> None:
    conversation_id = await shop.conversation(await shop.customer())
    await shop.status(conversation_id, "CLOSED")

    refused = await shop.control("POST", f"/conversations/{conversation_id}/status", {"status": "WAITING"})

    assert refused.status == 409


async def test_the_lists_show_what_was_added(shop: Shop) -> None:
    agent = await shop.play("/agents", {"name": "Ann Agent", "emailAddress": "ann@shop.example"})
    parent = await shop.play("/topics", {"name": "Order"})
    child = await shop.play("/topics", {"name": "Refund", "parentId": parent["id"]})
    inbox = await shop.play("/inboxes", {"name": "Returns"})

    assert (await shop.get("/agents")).body == [agent]
    assert (await shop.get(f"/agents/{agent['id']}")).body == agent
    assert (await shop.get("/topics")).body == [parent, child]
    assert (await shop.get(f"/topics/{child['id']}")).body == child
    assert (await shop.get("/inboxes")).body[1:] == [inbox]
    assert agent == {"id": agent["id"], "name": "Ann Agent", "emailAddress": "ann@shop.example"}
    assert parent == {"id": parent["id"], "name": "Order", "disabled": False}
    assert child["parentId"] == parent["id"]
    assert inbox == {"id": inbox["id"], "name": "Returns", "disabled": False}


@pytest.mark.parametrize("path", ["/agents/none", "/topics/none", "/webhooks/none", "/no-such-resource"])
async def test_what_does_not_exist_is_404(shop: Shop, path: str) -> None:
    answer = await shop.get(path)

    assert (answer.status, answer.body["errors"][0]["code"]) == (404, "not_exist")
