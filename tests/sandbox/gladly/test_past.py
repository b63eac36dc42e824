"""A past that was there before anybody listened."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec
import pytest

from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.sandbox.gladly.times import NS_PER_S, parse_rfc3339, rfc3339_ms

if TYPE_CHECKING:
    from tests.sandbox.gladly.conftest import Receiver, Shop, StartShop

SPAN = {"since": "2024-01-01T00:00:00Z", "until": "2024-02-01T00:00:00Z"}
SMALL = {**SPAN, "conversations": 200, "customers": 80, "seed": 7}
EVENTFUL = {**SMALL, "reopened": 0.5, "unclosed": 0.2, "merged": 0.3, "deleted": 0.1}


async def with_staff(shop: Shop) -> None:
    await shop.play("/agents", {"name": "Ann", "emailAddress": "ann@shop.example"})
    await shop.play("/topics", {"name": "Refund"})


async def test_a_past_is_as_large_as_it_was_ordered(shop: Shop) -> None:
    view = await shop.play("/past", {**SMALL, "merged": 0, "deleted": 0})

    ledger = await shop.ledger()
    assert (view["customers"], view["conversations"], view["goneConversations"]) == (80, 200, 0)
    assert (len(ledger["customers"]), len(ledger["conversations"])) == (80, 200)
    assert len(ledger["occurrences"]) == view["occurrences"] > 350


async def test_the_shares_are_those_ordered(shop: Shop) -> None:
    view = await shop.play("/past", EVENTFUL)

    conversations = (await shop.ledger())["conversations"]
    assert (view["mergedCustomers"], view["deletedCustomers"], view["customers"]) == (24, 8, 80 - 24 - 8)
    assert view["goneConversations"] > 8, "those of the deleted, and some that vanished in merges"
    assert 10 < sum(each["status"] == "OPEN" for each in conversations) < 60


async def test_every_occurrence_of_the_past_is_in_the_ledger_and_marked(shop: Shop) -> None:
    await shop.play("/past", EVENTFUL)
    live = await shop.conversation(await shop.customer())

    occurrences = (await shop.ledger())["occurrences"]

    assert [each["conversationId"] for each in occurrences if not each["seeded"]] == [live]
    created = Counter(each["conversationId"] for each in occurrences if each["kind"] == "CREATED")
    assert len(created) == 201
    assert set(created.values()) == {1}
    assert max(Counter(each["conversationId"] for each in occurrences if each["kind"] == "CLOSED").values()) > 1
    assert all(SPAN["since"] <= each["at"] < SPAN["until"] for each in occurrences if each["seeded"])


async def test_the_same_seed_makes_the_same_past(start_shop: StartShop) -> None:
    async def ledger(seed: int) -> Any:
        shop = await start_shop(GladlyOptions())
        await with_staff(shop)
        await shop.play("/past", {**EVENTFUL, "seed": seed})
        return await shop.ledger()

    assert await ledger(1) == await ledger(1)
    assert (await ledger(1))["conversations"] != (await ledger(2))["conversations"]


async def test_two_pasts_with_different_seeds_stand_side_by_side(shop: Shop) -> None:
    await shop.play("/past", {**SMALL, "merged": 0, "deleted": 0})
    await shop.play("/past", {**SMALL, "merged": 0, "deleted": 0, "seed": 8})

    assert len({each["id"] for each in (await shop.ledger())["conversations"]}) == 400


async def test_no_webhook_tells_of_it(shop: Shop, receiver: Receiver) -> None:
    await shop.webhook(receiver.url, "CONVERSATION/CREATED", "CONVERSATION/CLOSED")

    await shop.play("/past", SMALL)
    await shop.idle()

    assert receiver.events == []


async def test_agents_and_topics_are_those_of_the_organization(shop: Shop) -> None:
    await with_staff(shop)
    await shop.play("/past", SMALL)

    ledger = await shop.ledger()

    agents = {each.get("agentId") for each in ledger["conversations"]}
    topics = {topic for each in ledger["conversations"] for topic in each.get("topicIds", [])}
    assert agents == {None, ledger["agents"][0]["id"]}
    assert topics == {each["id"] for each in (await shop.get("/topics")).body}


async def test_a_conversation_is_what_its_timeline_says(shop: Shop) -> None:
    await with_staff(shop)
    await shop.play("/past", {**EVENTFUL, "merged": 0})

    for conversation in (await shop.ledger())["conversations"]:
        items = (await shop.get(f"/conversations/{conversation['id']}/items")).body
        assert items == sorted(items, key=lambda item: item["timestamp"])
        assert items[0]["timestamp"] == conversation["createdAt"]
        assert {item["customerId"] for item in items} == {conversation["customerId"]}
        changes = [item for item in items if item["content"]["type"] == "CONVERSATION_STATUS_CHANGE"]
        assert changes[-1]["content"]["status"] == conversation["status"]
        closed = changes[-1]["timestamp"] if conversation["status"] == "CLOSED" else None
        assert conversation.get("closedAt") == closed


async def test_of_two_open_conversations_one_went_in_a_merge(shop: Shop) -> None:
    await shop.play("/past", EVENTFUL)

    ledger = await shop.ledger()

    merges = {each["source"]: each["target"] for each in ledger["merges"]}
    vanished = [each for each in ledger["merges"] if "vanishedConversationId" in each]
    assert vanished
    assert set(merges.values()) & set(merges), "merges chain"
    for merge in vanished:
        assert (await shop.get(f"/conversations/{merge['vanishedConversationId']}")).status == 404
        moved = await shop.get(f"/customer-profiles/{merge['source']}")
        assert (moved.status, moved.body["errors"][0]["meta"]["new"]) == (301, merge["target"])
    latest: dict[str, str] = {}
    for each in ledger["occurrences"]:
        latest[each["customerId"]] = max(latest.get(each["customerId"], ""), each["at"])
    assert all(latest[each["source"]] < each["at"] < SPAN["until"] for each in ledger["merges"])


async def test_deleted_customers_are_gone_with_their_conversations(shop: Shop) -> None:
    await shop.play("/past", EVENTFUL)

    ledger = await shop.ledger()

    deleted = {each["customerId"] for each in ledger["deletions"]}
    theirs = {each["conversationId"] for each in ledger["occurrences"] if each["customerId"] in deleted}
    assert len(deleted) == 8
    assert theirs
    assert not theirs & {each["id"] for each in ledger["conversations"]}
    assert (await shop.get(f"/customer-profiles/{deleted.pop()}")).status == 404


async def test_customers_list_their_conversations_of_the_past_and_of_today(shop: Shop) -> None:
    await shop.play("/past", EVENTFUL)
    ledger = await shop.ledger()
    customer_id = ledger["merges"][0]["target"]
    theirs = [each for each in ledger["conversations"] if each["customerId"] == customer_id]

    today = await shop.conversation(customer_id)

    listed = (await shop.get(f"/customers/{customer_id}/conversations")).body
    assert [each["id"] for each in listed] == [*(each["id"] for each in theirs), today]


async def test_life_goes_on_with_a_conversation_of_the_past(shop: Shop, receiver: Receiver) -> None:
    await shop.play("/past", EVENTFUL)
    await shop.webhook(receiver.url, "CONVERSATION/CLOSED")
    before = next(each for each in (await shop.ledger())["conversations"] if each["status"] == "OPEN")
    timeline = (await shop.get(f"/conversations/{before['id']}/items")).body

    await shop.status(before["id"], "CLOSED")
    await shop.idle()

    assert [each["content"]["conversationId"] for each in receiver.events] == [before["id"]]
    assert (await shop.get(f"/conversations/{before['id']}/items")).body[:-1] == timeline
    ledger = await shop.ledger()
    assert ledger["seeded"] == [before]
    assert [each["kind"] for each in ledger["occurrences"] if not each["seeded"]] == ["CLOSED"]


async def test_customers_of_the_past_are_merged_and_deleted_like_others(shop: Shop) -> None:
    await shop.play("/past", {**SMALL, "unclosed": 0, "merged": 0, "deleted": 0})
    first, second, third = [each["id"] for each in (await shop.ledger())["customers"][:3]]
    count = len((await shop.get(f"/customers/{first}/conversations")).body)

    await shop.play(f"/customers/{first}/merge", {"into": second})
    await shop.control("DELETE", f"/customers/{third}")

    assert len((await shop.get(f"/customers/{second}/conversations")).body) > count
    ledger = await shop.ledger()
    changed = {each["customerId"] for each in ledger["seeded"]}
    assert changed == {first, third}


async def test_the_events_api_tells_of_the_past_as_far_as_it_reaches(start_shop: StartShop) -> None:
    shop = await start_shop(GladlyOptions(events_lag_s=0))
    now = time.time_ns()
    since, until = rfc3339_ms(now - 48 * 3600 * NS_PER_S), rfc3339_ms(now)
    await shop.play("/past", {"since": since, "until": until, "conversations": 50, "customers": 30})
    live = await shop.conversation(await shop.customer())
    start = now - 23 * 3600 * NS_PER_S

    query = urlencode({"startAt": rfc3339_ms(start), "entities": "CONVERSATION"})
    told = [msgspec.json.decode(line) for line in (await shop.get(f"/events?{query}")).body.splitlines()]

    occurrences = [each for each in (await shop.ledger())["occurrences"] if parse_rfc3339(each["at"]) >= start]
    ids = [each["id"] for each in told if each["type"] in {"CONVERSATION/CREATED", "CONVERSATION/CLOSED"}]
    assert sorted(ids) == sorted(each["eventId"] for each in occurrences)
    times = [parse_rfc3339(each["timestamp"]) for each in told]
    assert times == sorted(times)
    assert told[-1]["content"]["conversationId"] == live
    assert set(told[0]) == {"id", "type", "timestamp", "initiator", "content"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("since", "yesterday"),
        ("until", "2024-01-01T00:00:01Z"),
        ("until", "2124-01-01T00:00:00Z"),
        ("merged", 0.5),
        ("unclosed", 1.1),
        ("customers", 0),
        ("closed", 0.1),
    ],
)
async def test_a_past_that_cannot_have_been_is_refused(shop: Shop, field: str, value: Any) -> None:
    assert (await shop.control("POST", "/past", {**SMALL, field: value})).status == 400
