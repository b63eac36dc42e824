"""`POST /reports`."""

from __future__ import annotations

import asyncio
import csv
import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.sandbox.gladly.times import rfc3339_ms
from tests.sandbox.gladly.conftest import UNLIMITED_PER_S

if TYPE_CHECKING:
    from tests.sandbox.gladly.conftest import Answer, Shop, StartShop

PAST = {
    "since": "2024-01-01T00:00:00Z",
    "until": "2024-02-01T00:00:00Z",
    "conversations": 200,
    "customers": 80,
    "reopened": 0.3,
    "merged": 0.3,
    "deleted": 0.1,
}
ORDER = {"metricSet": "ConversationTimestampsReport", "timezone": "UTC"}
MILLISECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
COLUMNS = (
    "Timezone Filter,Timestamp,Event Type,Conversation ID,Customer ID,Initiator Type,Initiator ID,"
    "Initiator Agent Name,Assigned Inbox ID,Assigned Inbox Name,Assigned Agent ID,Assigned Agent Name,"
    "Topic ID,Topic Name,Newly Assigned Inbox ID,Newly Assigned Inbox Name,Newly Assigned Agent ID,"
    "Newly Assigned Agent Name,Assignment Update Reason,Merged Customer ID,Merged Conversation ID"
)


def today() -> str:
    return rfc3339_ms(time.time_ns())[:10]


async def ask(shop: Shop, start: str, end: str, **fields: Any) -> Answer:
    return await shop.call("POST", "/reports", {**ORDER, "startAt": start, "endAt": end, **fields})


async def rows(shop: Shop, start: str = "2024-01-01", end: str = "2024-01-31") -> list[dict[str, str]]:
    answer = await ask(shop, start, end)
    assert answer.status == 200, answer
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(answer.body.splitlines()))


@pytest.fixture
async def prompt_shop(start_shop: StartShop) -> Shop:
    return await start_shop(GladlyOptions(rate_limit_per_s=UNLIMITED_PER_S, report_lag_s=0, reports_per_min=1_000))


async def test_a_report_has_a_header_line_and_all_columns(shop: Shop) -> None:
    answer = await ask(shop, "2024-01-01", "2024-01-01")

    assert answer.body == COLUMNS + "\n"


async def test_it_tells_of_every_occurrence_of_what_still_exists(shop: Shop) -> None:
    await shop.play("/past", PAST)
    ledger = await shop.ledger()
    there = {each["id"] for each in ledger["conversations"]}

    told = await rows(shop)

    kinds = {"CONVERSATION/CREATED": "CREATED", "CONVERSATION/CLOSED": "CLOSED"}
    found = sorted(
        (row["Conversation ID"], kinds[row["Event Type"]], row["Timestamp"], row["Customer ID"])
        for row in told
        if row["Event Type"] in kinds
    )
    played = sorted(
        (each["conversationId"], each["kind"], cut_to_ms(each["at"]), each["customerId"])
        for each in ledger["occurrences"]
        if each["conversationId"] in there
    )
    assert found == played
    assert len(played) < len(ledger["occurrences"]), "some had gone"


def cut_to_ms(timestamp: str) -> str:
    seconds, _, fraction = timestamp.removesuffix("Z").partition(".")
    return f"{seconds}.{fraction:0<3.3}Z"


async def test_both_days_are_included_and_no_other(shop: Shop) -> None:
    await shop.play("/past", PAST)

    days = {row["Timestamp"][:10] for row in await rows(shop, "2024-01-10", "2024-01-12")}

    assert days == {"2024-01-10", "2024-01-11", "2024-01-12"}


async def test_portions_make_up_the_whole(shop: Shop) -> None:
    await shop.play("/past", PAST)

    whole = await rows(shop)
    portions = [*await rows(shop, "2024-01-01", "2024-01-07"), *await rows(shop, "2024-01-08", "2024-01-31")]

    assert portions == whole


async def test_a_second_past_is_told_among_the_first(shop: Shop) -> None:
    await shop.play("/past", PAST)
    first = await rows(shop)
    await shop.play("/past", {**PAST, "seed": 2})

    both = await rows(shop)

    assert all(row in both for row in first)
    assert len(both) > len(first) * 3 // 2
    assert [row["Timestamp"] for row in both] == sorted(row["Timestamp"] for row in both)


async def test_live_play_is_told_with_all_that_is_known_of_it(prompt_shop: Shop) -> None:
    shop = prompt_shop
    ann = await shop.play("/agents", {"name": "Ann, née O'Neil", "emailAddress": "ann@shop.example"})
    topic = await shop.play("/topics", {"name": 'The "best"'})
    conversation_id = await shop.conversation(customer_id := await shop.customer())
    await shop.play(f"/conversations/{conversation_id}/assign", {"agentId": ann["id"]})
    await shop.play(f"/conversations/{conversation_id}/topics", {"add": [topic["id"]]})
    await shop.status(conversation_id, "WAITING")
    await shop.status(conversation_id, "CLOSED")
    await shop.status(conversation_id, "OPEN")

    created, assigned, topic_added, closed, reopened = await rows(shop, today(), today())

    assert [row["Event Type"] for row in (created, closed, reopened)] == [
        "CONVERSATION/CREATED",
        "CONVERSATION/CLOSED",
        "CONVERSATION/REOPENED",
    ]
    assert MILLISECONDS.fullmatch(created["Timestamp"])
    assert (created["Customer ID"], created["Conversation ID"]) == (customer_id, conversation_id)
    assert (created["Initiator Type"], created["Timezone Filter"]) == ("CUSTOMER", "UTC")
    assert (created["Assigned Inbox Name"], created["Assigned Agent ID"]) == ("General", "")
    assert (assigned["Newly Assigned Agent ID"], assigned["Newly Assigned Agent Name"]) == (ann["id"], ann["name"])
    assert (assigned["Event Type"], assigned["Assigned Agent ID"]) == ("CONVERSATION_ASSIGNEE/UPDATED", "")
    assert (topic_added["Topic ID"], topic_added["Topic Name"]) == (topic["id"], topic["name"])
    assert (closed["Assigned Agent Name"], closed["Initiator Agent Name"]) == (ann["name"], ann["name"])


async def test_a_merge_names_the_survivor_and_what_was_merged_and_the_vanished_has_no_rows(prompt_shop: Shop) -> None:
    shop = prompt_shop
    source, target = await shop.customer(), await shop.customer()
    vanishing, remaining = await shop.conversation(source), await shop.conversation(target)
    await shop.play(f"/customers/{source}/merge", {"into": target})

    told = await rows(shop, today(), today())

    assert [row["Event Type"] for row in told] == ["CONVERSATION/CREATED", "CUSTOMER/MERGED"]
    assert told[0]["Conversation ID"] == remaining
    merge = told[1]
    assert (merge["Customer ID"], merge["Conversation ID"]) == (target, remaining)
    assert (merge["Merged Customer ID"], merge["Merged Conversation ID"]) == (source, vanishing)


async def test_what_went_with_its_customer_has_no_rows(prompt_shop: Shop) -> None:
    shop = prompt_shop
    conversation_id = await shop.conversation(customer_id := await shop.customer())
    await shop.status(conversation_id, "CLOSED")
    await shop.control("DELETE", f"/customers/{customer_id}")

    assert await rows(shop, today(), today()) == []


@pytest.mark.parametrize(("time_factor", "told"), [(1.0, 0), (1e9, 1)])
async def test_reports_lag_behind_by_the_scaled_time(start_shop: StartShop, time_factor: float, told: int) -> None:
    shop = await start_shop(GladlyOptions(time_factor=time_factor))
    await shop.conversation(await shop.customer())

    assert len(await rows(shop, today(), today())) == told


async def test_a_report_can_be_coarser_than_it_should_be(start_shop: StartShop) -> None:
    shop = await start_shop(GladlyOptions(report_digits=0))
    await shop.play("/past", PAST)

    assert all(re.fullmatch(r".{10}T\d\d:\d\d:\d\dZ", row["Timestamp"]) for row in await rows(shop))


@pytest.mark.parametrize(
    ("fields", "attr"),
    [
        ({"metricSet": "AgentSummary"}, "metricSet"),
        ({"startAt": "2024-01-01T00:00:00Z"}, "startAt"),
        ({"endAt": "2024-02-30"}, "endAt"),
        ({"endAt": "2023-12-31"}, "endAt"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"startAt": None}, "startAt"),
    ],
)
async def test_a_faulty_order_is_refused_with_the_field(shop: Shop, fields: dict[str, Any], attr: str) -> None:
    order = {**ORDER, "startAt": "2024-01-01", "endAt": "2024-01-02", **fields}

    answer = await shop.call("POST", "/reports", order)

    assert (answer.status, answer.body["errors"][0]["attr"]) == (400, attr)


async def test_without_a_timezone_it_is_utc(shop: Shop) -> None:
    order = {"metricSet": ORDER["metricSet"], "startAt": "2024-01-01", "endAt": "2024-01-02"}

    assert (await shop.call("POST", "/reports", order)).status == 200


async def test_the_eleventh_report_in_a_minute_is_refused(start_shop: StartShop) -> None:
    shop = await start_shop(GladlyOptions(rate_limit_per_s=UNLIMITED_PER_S))

    statuses = [(await ask(shop, "2024-01-01", "2024-01-01")).status for _ in range(11)]

    assert statuses == [200] * 10 + [429]
    assert (await shop.get("/agents")).status == 200


async def test_the_minute_passes_by_the_time_factor(start_shop: StartShop) -> None:
    shop = await start_shop(GladlyOptions(rate_limit_per_s=UNLIMITED_PER_S, time_factor=1e9))

    assert {(await ask(shop, "2024-01-01", "2024-01-01")).status for _ in range(30)} == {200}


async def test_a_third_report_at_once_is_refused(shop: Shop) -> None:
    await shop.play("/past", {**PAST, "conversations": 5_000})

    answers = await asyncio.gather(*(ask(shop, "2024-01-01", "2024-01-31") for _ in range(3)))

    assert sorted(answer.status for answer in answers) == [200, 200, 429]
    assert (await ask(shop, "2024-01-01", "2024-01-01")).status == 200
