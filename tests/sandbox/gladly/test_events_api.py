"""`GET /events`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec
import pytest

from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.sandbox.gladly.times import NS_PER_S, rfc3339_nano

if TYPE_CHECKING:
    from tests.sandbox.gladly.conftest import Answer, Receiver, Shop, StartShop

HOUR_S = 3600


def ago(seconds: int) -> str:
    return rfc3339_nano(time.time_ns() - seconds * NS_PER_S)


async def ask(shop: Shop, *entities: str, **times: str) -> Answer:
    query = [*times.items(), *(("entities", entity) for entity in entities)]
    return await shop.get("/events?" + urlencode(query))


def lines(answer: Answer) -> list[Any]:
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/x-jsonlines"
    return [msgspec.json.decode(line) for line in answer.body.splitlines()]


@pytest.fixture
async def prompt_shop(start_shop: StartShop) -> Shop:
    return await start_shop(GladlyOptions(events_lag_s=0))


async def test_events_come_as_lines_in_ascending_order(prompt_shop: Shop) -> None:
    for _ in range(3):
        await prompt_shop.status(await prompt_shop.conversation(await prompt_shop.customer()), "CLOSED")

    listed = lines(await ask(prompt_shop, "CONVERSATION", "CUSTOMER_PROFILE", startAt=ago(HOUR_S)))

    assert listed == (await prompt_shop.ledger())["events"]
    assert len(listed) == 9


async def test_no_events_are_an_empty_body(prompt_shop: Shop) -> None:
    assert lines(await ask(prompt_shop, "TASK", startAt=ago(HOUR_S))) == []


async def test_only_the_wanted_entities_are_listed(prompt_shop: Shop) -> None:
    source, target = await prompt_shop.customer(), await prompt_shop.customer()
    conversation_id = await prompt_shop.conversation(source)
    await prompt_shop.play(f"/conversations/{conversation_id}/assign", {"agentId": "ann"})
    await prompt_shop.play(f"/customers/{source}/merge", {"into": target})

    async def types(*entities: str) -> list[str]:
        return [event["type"] for event in lines(await ask(prompt_shop, *entities, startAt=ago(HOUR_S)))]

    assert await types("CONVERSATION") == ["CONVERSATION/CREATED", "CONVERSATION_ASSIGNEE/UPDATED"]
    assert await types("CUSTOMER") == ["CUSTOMER/MERGED"]
    assert await types("CUSTOMER_PROFILE") == ["CUSTOMER_PROFILE/CREATED"] * 2


async def test_status_updates_come_by_webhook_only(prompt_shop: Shop) -> None:
    conversation_id = await prompt_shop.conversation(await prompt_shop.customer())
    await prompt_shop.status(conversation_id, "WAITING")

    listed = lines(await ask(prompt_shop, "CONVERSATION", startAt=ago(HOUR_S)))

    assert [event["type"] for event in listed] == ["CONVERSATION/CREATED"]


async def test_the_interval_includes_both_ends(prompt_shop: Shop) -> None:
    for _ in range(4):
        await prompt_shop.customer()
    events = (await prompt_shop.ledger())["events"]

    listed = lines(
        await ask(prompt_shop, "CUSTOMER_PROFILE", startAt=events[1]["timestamp"], endAt=events[2]["timestamp"])
    )

    assert listed == events[1:3]


async def test_a_webhook_carries_the_same_ids_and_shape(prompt_shop: Shop, receiver: Receiver) -> None:
    await prompt_shop.webhook(receiver.url, "CONVERSATION/CREATED")
    await prompt_shop.conversation(await prompt_shop.customer())
    await prompt_shop.idle()

    assert receiver.events == lines(await ask(prompt_shop, "CONVERSATION", startAt=ago(HOUR_S)))


@pytest.mark.parametrize(("time_factor", "seen"), [(1.0, 0), (1e9, 1)])
async def test_events_lag_behind_by_the_scaled_time(start_shop: StartShop, time_factor: float, seen: int) -> None:
    shop = await start_shop(GladlyOptions(events_lag_s=300, time_factor=time_factor))
    await shop.customer()

    assert len(lines(await ask(shop, "CUSTOMER_PROFILE", startAt=ago(HOUR_S)))) == seen


async def test_what_is_older_than_24_hours_cannot_be_asked_for(shop: Shop) -> None:
    inside = await ask(shop, "CONVERSATION", startAt=ago(24 * HOUR_S - 60))
    outside = await ask(shop, "CONVERSATION", startAt=ago(24 * HOUR_S + 60))

    assert inside.status == 200
    assert (outside.status, outside.body["errors"][0]["attr"]) == (400, "startAt")


async def test_the_window_can_be_narrowed(start_shop: StartShop) -> None:
    shop = await start_shop(GladlyOptions(events_window_s=HOUR_S))

    assert (await ask(shop, "CONVERSATION", startAt=ago(HOUR_S // 2))).status == 200
    assert (await ask(shop, "CONVERSATION", startAt=ago(HOUR_S * 2))).status == 400


@pytest.mark.parametrize(
    ("entities", "times", "attr", "code"),
    [
        (("CONVERSATION",), {}, "startAt", "blank"),
        (("CONVERSATION",), {"startAt": "yesterday"}, "startAt", "invalid"),
        (("CONVERSATION",), {"startAt": ago(60), "endAt": "today"}, "endAt", "invalid"),
        (("CONVERSATION",), {"startAt": ago(60), "endAt": ago(120)}, "startAt", "invalid"),
        ((), {"startAt": ago(60)}, "entities", "blank"),
        (("CONVERSATION", "HOUSE"), {"startAt": ago(60)}, "entities", "invalid"),
    ],
)
async def test_a_faulty_question_is_refused_with_the_field(
    shop: Shop, entities: tuple[str, ...], times: dict[str, str], attr: str, code: str
) -> None:
    answer = await ask(shop, *entities, **times)

    assert answer.status == 400
    [error] = answer.body["errors"]
    assert (error["attr"], error["code"]) == (attr, code)
