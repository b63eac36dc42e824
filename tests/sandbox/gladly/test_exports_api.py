"""`/export/jobs`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from gladly_segment.sandbox.gladly.times import NS_PER_S, rfc3339_ms

if TYPE_CHECKING:
    from tests.sandbox.gladly.conftest import Receiver, Shop

PAST = {"since": "2024-01-01T00:00:00Z", "until": "2024-02-01T00:00:00Z", "conversations": 100, "customers": 60}
SPAN = {"startAt": "2024-01-10T00:00:00Z", "endAt": "2024-01-20T00:00:00Z"}
EVER = {"startAt": "2024-01-01T00:00:00Z", "endAt": "2124-01-01T00:00:00Z"}
DAY_NS = 86_400 * NS_PER_S


def days_ago(days: float) -> str:
    return rfc3339_ms(time.time_ns() - int(days * DAY_NS))


async def lines(shop: Shop, job: Any, name: str) -> list[Any]:
    answer = await shop.get(f"/export/jobs/{job['id']}/files/{name}.jsonl")
    assert answer.status == 200
    return [msgspec.json.decode(line) for line in answer.body.splitlines()]


async def test_a_job_shows_what_it_exported_and_its_files(shop: Shop) -> None:
    made = await shop.play("/exports", SPAN)

    job = (await shop.get(f"/export/jobs/{made['id']}")).body

    assert job == made
    assert job["status"] == "COMPLETED"
    assert job["parameters"] == {
        "type": "CONVERSATION_EXPORT",
        "startAt": "2024-01-10T00:00:00.000Z",
        "endAt": "2024-01-20T00:00:00.000Z",
    }
    assert sorted(job["files"]) == ["agents.jsonl", "conversation_items.jsonl", "customers.jsonl", "topics.jsonl"]


async def test_items_are_those_of_the_timelines_within_the_span(shop: Shop) -> None:
    await shop.play("/past", PAST)
    items = [
        item
        for conversation in (await shop.ledger())["conversations"]
        for item in (await shop.get(f"/conversations/{conversation['id']}/items")).body
    ]

    exported = await lines(shop, await shop.play("/exports", SPAN), "conversation_items")

    within = [item for item in items if SPAN["startAt"] <= item["timestamp"] < SPAN["endAt"]]
    assert exported == within
    assert 0 < len(within) < len(items)


async def test_the_start_of_the_span_is_within_and_its_end_is_not(shop: Shop) -> None:
    await shop.play("/past", PAST)
    conversation = (await shop.ledger())["conversations"][0]
    first, *_, last = (await shop.get(f"/conversations/{conversation['id']}/items")).body

    job = await shop.play("/exports", {"startAt": first["timestamp"], "endAt": last["timestamp"]})

    exported = await lines(shop, job, "conversation_items")
    assert first in exported
    assert last not in exported


async def test_customers_are_those_of_the_items_in_the_form_of_exports(shop: Shop) -> None:
    await shop.play("/past", PAST)
    odd = await shop.customer(name="Odd", emails="none", address="1 Main St")
    await shop.conversation(odd)
    job = await shop.play("/exports", EVER)

    items, customers = await lines(shop, job, "conversation_items"), await lines(shop, job, "customers")

    assert {each["id"] for each in customers} == {item["customerId"] for item in items}
    by_id = {each["id"]: each for each in customers}
    assert by_id.pop(odd) == {
        "id": odd,
        "name": "Odd",
        "address": "1 Main St",
        "emailAddresses": [],
        "phoneNumbers": [],
    }
    assert all(each["emailAddresses"][0].startswith("Past.") for each in by_id.values())


async def test_agents_and_topics_are_the_lists(shop: Shop) -> None:
    agent = await shop.play("/agents", {"name": "Ann", "emailAddress": "ann@shop.example"})
    topic = await shop.play("/topics", {"name": "Refund"})

    job = await shop.play("/exports", EVER)

    assert (await lines(shop, job, "agents"), await lines(shop, job, "topics")) == ([agent], [topic])


async def test_a_file_stays_what_it_was(shop: Shop) -> None:
    conversation_id = await shop.conversation(customer_id := await shop.customer())
    await shop.status(conversation_id, "CLOSED")
    job = await shop.play("/exports", EVER)
    before = await lines(shop, job, "conversation_items")

    await shop.control("DELETE", f"/customers/{customer_id}")

    assert [item["content"]["status"] for item in before] == ["OPEN", "CLOSED"]
    assert await lines(shop, job, "conversation_items") == before


async def test_jobs_are_listed_by_status_and_time(shop: Shop) -> None:
    old = await shop.play("/exports", {**SPAN, "updatedAt": days_ago(20)})
    recent = await shop.play("/exports", {**SPAN, "updatedAt": days_ago(2)})
    failed = await shop.play("/exports", {**SPAN, "status": "FAILED"})

    async def listed(query: str) -> list[Any]:
        return (await shop.get(f"/export/jobs{query}")).body

    assert await listed("") == [old, recent, failed]
    assert await listed("?status=FAILED") == [failed]
    assert await listed(f"?status=COMPLETED&startAt={days_ago(14)}") == [recent]
    assert await listed(f"?endAt={days_ago(14)}") == [old]
    assert (await shop.get("/export/jobs?startAt=soon")).status == 400


@pytest.mark.parametrize(("days", "status"), [(13.9, 200), (14.1, 404)])
async def test_files_live_14_days(shop: Shop, days: float, status: int) -> None:
    job = await shop.play("/exports", {**SPAN, "updatedAt": days_ago(days)})

    assert (await shop.get(f"/export/jobs/{job['id']}/files/topics.jsonl")).status == status


@pytest.mark.parametrize("status", ["PENDING", "IN_PROGRESS", "FAILED"])
async def test_a_job_that_is_not_completed_has_no_files(shop: Shop, status: str) -> None:
    job = await shop.play("/exports", {**SPAN, "status": status})

    assert job["files"] == []
    assert (await shop.get(f"/export/jobs/{job['id']}/files/topics.jsonl")).status == 404


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED"])
async def test_a_webhook_tells_of_a_jobs_end(shop: Shop, receiver: Receiver, status: str) -> None:
    await shop.webhook(receiver.url, f"EXPORT_JOB/{status}")

    job = await shop.play("/exports", {**SPAN, "status": status})
    await shop.play("/exports", {**SPAN, "status": status, "updatedAt": days_ago(1)})
    await shop.idle()

    [event] = receiver.events
    assert (event["type"], event["content"]) == (f"EXPORT_JOB/{status}", {"jobId": job["id"]})


@pytest.mark.parametrize("path", ["/export/jobs/none", "/export/jobs/none/files/topics.jsonl"])
async def test_a_job_that_never_was_is_404(shop: Shop, path: str) -> None:
    assert (await shop.get(path)).status == 404


async def test_a_file_that_never_was_is_404(shop: Shop) -> None:
    job = await shop.play("/exports", SPAN)

    assert (await shop.get(f"/export/jobs/{job['id']}/files/secrets.jsonl")).status == 404


@pytest.mark.parametrize("field", ["startAt", "endAt", "updatedAt"])
async def test_an_export_of_no_time_is_refused(shop: Shop, field: str) -> None:
    assert (await shop.control("POST", "/exports", {**SPAN, field: "soon"})).status == 400
