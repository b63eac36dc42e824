"""Customer profiles: odd ones, merged ones, deleted ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.gladly.conftest import Shop

FULL: dict[str, Any] = {
    "name": "Ann Müller",
    "image": "https://shop.example/ann.png",
    "address": "1 Main St",
    "emails": [{"original": "Ann@Shop.example", "normalized": "ann@shop.example", "primary": True}],
    "phones": [{"original": "(415) 555-2671", "normalized": "+14155552671", "regionCode": "US", "type": "MOBILE"}],
    "externalCustomerId": "c-1",
    "externalCustomerIds": {"ABC": "1"},
    "customAttributes": {"tier": "gold", "orders": 3, "nested": {"a": [1, None]}},
}


@pytest.mark.parametrize("fields", [FULL, {}, {"name": None, "emails": "odd", "phones": []}])
async def test_a_profile_shows_the_fields_as_given(shop: Shop, fields: dict[str, Any]) -> None:
    customer_id = await shop.customer(**fields)

    shown = (await shop.get(f"/customer-profiles/{customer_id}")).body

    assert shown == {
        **fields,
        "id": customer_id,
        "createdAt": shown["createdAt"],
        "updatedAt": shown["createdAt"],
    }


async def test_an_update_replaces_the_given_fields(shop: Shop) -> None:
    customer_id = await shop.customer(**FULL)
    before = (await shop.get(f"/customer-profiles/{customer_id}")).body

    await shop.control("PATCH", f"/customers/{customer_id}", {"name": "Ann Smith", "phones": []})

    after = (await shop.get(f"/customer-profiles/{customer_id}")).body
    assert after == before | {"name": "Ann Smith", "phones": [], "updatedAt": after["updatedAt"]}
    assert after["updatedAt"] >= before["updatedAt"]


async def test_each_id_of_a_chain_of_merges_answers_with_the_next(shop: Shop) -> None:
    first, second, third = [await shop.customer(name=name) for name in ("a", "b", "c")]
    await shop.play(f"/customers/{first}/merge", {"into": second})
    await shop.play(f"/customers/{second}/merge", {"into": third})

    of_first = await shop.get(f"/customer-profiles/{first}")
    of_second = await shop.get(f"/customer-profiles/{second}")

    assert (of_first.status, of_second.status) == (301, 301)
    [error] = of_first.body["errors"]
    assert (error["attr"], error["code"], error["meta"]) == (
        "customerId",
        "moved",
        {"old": first, "new": second},
    )
    assert of_second.body["errors"][0]["meta"] == {"old": second, "new": third}
    assert (await shop.get(f"/customer-profiles/{third}")).body["name"] == "c"


async def test_a_merged_customers_conversations_belong_to_the_survivor(shop: Shop) -> None:
    source, target = await shop.customer(), await shop.customer()
    conversation_id = await shop.conversation(source)

    await shop.play(f"/customers/{source}/merge", {"into": target})

    assert (await shop.get(f"/conversations/{conversation_id}")).body["customerId"] == target
    listed = (await shop.get(f"/customers/{target}/conversations")).body
    assert [each["id"] for each in listed] == [conversation_id]
    items = (await shop.get(f"/conversations/{conversation_id}/items")).body
    assert {item["customerId"] for item in items} == {target}
    assert (await shop.get(f"/customers/{source}/conversations")).status == 301
    [merge] = (await shop.ledger())["merges"]
    assert (merge["source"], merge["target"]) == (source, target)
    assert "vanishedConversationId" not in merge


@pytest.mark.parametrize("status", ["OPEN", "WAITING"])
async def test_of_two_open_conversations_the_sources_id_vanishes_for_good(shop: Shop, status: str) -> None:
    source, target = await shop.customer(), await shop.customer()
    closed = await shop.conversation(source)
    await shop.status(closed, "CLOSED")
    vanishing, remaining = await shop.conversation(source), await shop.conversation(target)
    await shop.status(vanishing, status)

    await shop.play(f"/customers/{source}/merge", {"into": target})

    assert (await shop.get(f"/conversations/{vanishing}")).status == 404
    refused = await shop.control("POST", f"/conversations/{vanishing}/status", {"status": "CLOSED"})
    assert refused.status == 404
    listed = (await shop.get(f"/customers/{target}/conversations")).body
    assert [each["id"] for each in listed] == [closed, remaining]
    assert len((await shop.get(f"/conversations/{remaining}/items")).body) >= 2
    [merge] = (await shop.ledger())["merges"]
    assert merge["vanishedConversationId"] == vanishing


async def test_the_conversations_of_both_are_listed_oldest_first_after_a_merge(shop: Shop) -> None:
    source, target = await shop.customer(), await shop.customer()
    ids: list[str] = []
    for customer_id in (target, source, source, target, source):
        ids.append(await shop.conversation(customer_id))
        await shop.status(ids[-1], "CLOSED")

    await shop.play(f"/customers/{source}/merge", {"into": target})

    assert [each["id"] for each in (await shop.get(f"/customers/{target}/conversations")).body] == ids


async def test_merging_into_oneself_or_into_nobody_is_refused(shop: Shop) -> None:
    customer_id = await shop.customer()

    itself = await shop.control("POST", f"/customers/{customer_id}/merge", {"into": customer_id})
    nobody = await shop.control("POST", f"/customers/{customer_id}/merge", {"into": "none"})

    assert (itself.status, nobody.status) == (409, 404)
    assert (await shop.get(f"/customer-profiles/{customer_id}")).status == 200


@pytest.mark.parametrize("status", ["OPEN", "WAITING"])
async def test_a_customer_cannot_be_deleted_before_all_conversations_are_closed(shop: Shop, status: str) -> None:
    customer_id = await shop.customer()
    conversation_id = await shop.conversation(customer_id)
    await shop.status(conversation_id, status)

    refused = await shop.control("DELETE", f"/customers/{customer_id}")
    await shop.status(conversation_id, "CLOSED")
    deleted = await shop.control("DELETE", f"/customers/{customer_id}")

    assert (refused.status, deleted.status) == (409, 204)


async def test_a_deleted_customer_is_404_as_an_object_and_takes_the_conversations_along(shop: Shop) -> None:
    customer_id = await shop.customer()
    conversation_id = await shop.conversation(customer_id)
    await shop.status(conversation_id, "CLOSED")

    await shop.control("DELETE", f"/customers/{customer_id}")

    profile = await shop.get(f"/customer-profiles/{customer_id}")
    assert profile.status == 404
    assert profile.body["errors"]["code"] == "not_exist"
    assert customer_id in profile.body["errors"]["detail"]
    assert (await shop.get(f"/conversations/{conversation_id}")).status == 404
    assert (await shop.get(f"/conversations/{conversation_id}/items")).status == 404
    assert (await shop.get(f"/customers/{customer_id}/conversations")).status == 404
    ledger = await shop.ledger()
    assert [deletion["customerId"] for deletion in ledger["deletions"]] == [customer_id]
    assert (ledger["customers"], ledger["conversations"]) == ([], [])


async def test_a_forced_deletion_leaves_the_conversation_without_a_closing(shop: Shop) -> None:
    customer_id = await shop.customer()
    conversation_id = await shop.conversation(customer_id)

    deleted = await shop.control("DELETE", f"/customers/{customer_id}?force=true")

    assert deleted.status == 204
    closing = await shop.control("POST", f"/conversations/{conversation_id}/status", {"status": "CLOSED"})
    assert closing.status == 404
    assert [each["kind"] for each in (await shop.ledger())["occurrences"]] == ["CREATED"]


async def test_a_chain_that_ends_in_a_deleted_customer_ends_in_404(shop: Shop) -> None:
    source, target = await shop.customer(), await shop.customer()
    await shop.play(f"/customers/{source}/merge", {"into": target})
    await shop.control("DELETE", f"/customers/{target}")

    assert (await shop.get(f"/customer-profiles/{source}")).status == 301
    assert (await shop.get(f"/customer-profiles/{target}")).status == 404
