"""Events about profiles: nothing of them is sent, but what is remembered of their customers is dropped in time."""

from typing import Any

import msgspec
import pytest

from gladly_segment.core.ids import CustomerId
from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.records import Seq
from gladly_segment.core.signals import ReceiptSettled
from gladly_segment.enrich import EnrichWorker
from tests.support.entities import ShopEntities
from tests.support.receipts import conversation_event, merge_event, profile_event, taken_in
from tests.support.stages import Works


async def names_sent(works: Works) -> dict[str, Any]:
    """Give the customer's name in each event that is ready, by conversation."""
    events = [msgspec.json.decode(entry.payload) for entry in await works.claim(Stage.DELIVER)]
    return {event["properties"]["conversationId"]: event["properties"].get("customerName") for event in events}


async def remember(worker: EnrichWorker, works: Works, entities: ShopEntities, *customers: str) -> None:
    """Let events of customers pass, so that their profiles are remembered."""
    for customer in customers:
        entities.play(f"earlier of {customer}", customer, name=f"old {customer}")
        await works.receive(taken_in(conversation_event("CREATED", f"earlier of {customer}", customer)))
    await worker.drain()
    for entry in await works.claim(Stage.DELIVER):
        assert b"old" in entry.payload


@pytest.mark.parametrize("kind", ["CREATED", "UPDATED", "DELETED"])
async def test_a_profile_change_is_noted_before_later_events_of_the_same_claim(
    works: Works, worker: EnrichWorker, entities: ShopEntities, kind: str
) -> None:
    await remember(worker, works, entities, "u-1")
    entities.play("c-1", "u-1", name="new")

    await works.receive(taken_in(profile_event(kind, "u-1")), taken_in(conversation_event("CLOSED", "c-1", "u-1")))
    await worker.drain()

    assert await names_sent(works) == {"c-1": "new"}
    assert (await works.counts())["ignored/profile_change_noted"] == 1


async def test_a_merge_is_noted_for_both_customers(works: Works, worker: EnrichWorker, entities: ShopEntities) -> None:
    await remember(worker, works, entities, "u-1", "u-2")
    entities.play("c-1", "u-1")
    entities.play("c-2", "u-2")
    entities.merged[CustomerId("u-1")] = CustomerId("u-2")
    entities.rename("u-2", "new")

    await works.receive(
        taken_in(merge_event("u-1", "u-2")),
        taken_in(conversation_event("CLOSED", "c-1", "u-1")),
        taken_in(conversation_event("CLOSED", "c-2", "u-2")),
    )
    await worker.drain()

    assert await names_sent(works) == {"c-1": "new", "c-2": "new"}


async def test_a_deleted_customer_is_no_longer_remembered(
    works: Works, worker: EnrichWorker, entities: ShopEntities
) -> None:
    await remember(worker, works, entities, "u-1")
    entities.play("c-1", "u-1")
    del entities.customers[CustomerId("u-1")]

    await works.receive(taken_in(profile_event("DELETED", "u-1")), taken_in(conversation_event("CLOSED", "c-1", "u-1")))
    await worker.drain()

    assert (await works.counts())["suppressed/customer_deleted"] == 1


async def test_an_event_of_no_mapped_type_reads_nothing(
    works: Works, worker: EnrichWorker, entities: ShopEntities
) -> None:
    await works.receive(taken_in(profile_event("UPDATED")))

    await worker.drain()

    assert entities.reads == []
    assert [told.seq for told in works.observer.of(ReceiptSettled)] == [Seq(1)]
