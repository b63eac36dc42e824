"""Two workers of one stage, one of them for the past: the present waits for nothing of it."""

import pytest
from msgspec.structs import replace

from gladly_segment.core.lifecycle import Priority, Stage, Traffic
from gladly_segment.core.privacy import PrivacyPolicy
from gladly_segment.core.records import Receipt
from gladly_segment.core.signals import ReceiptSettled
from gladly_segment.enrich import EnrichWorker
from tests.support.entities import ShopEntities
from tests.support.receipts import conversation_event, taken_in
from tests.support.stages import Works, running


def past(number: int) -> Receipt:
    made = taken_in(conversation_event("CREATED", f"c-past-{number}", f"u-past-{number}"))
    return replace(made, priority=Priority.BACKFILL)


def worker(works: Works, entities: ShopEntities, traffic: Traffic, *, side_by_side: int = 2) -> EnrichWorker:
    desk = works.desk(Stage.ENRICH, traffic=traffic)
    return EnrichWorker(desk, entities, PrivacyPolicy(), side_by_side=side_by_side)


@pytest.fixture
def slow_past() -> ShopEntities:
    """Entities of the past, which are not answered for before the test says so."""
    entities = ShopEntities()
    for number in range(9):
        entities.play(f"c-past-{number}", f"u-past-{number}")
    entities.answering.clear()
    return entities


async def test_a_slow_past_holds_up_nothing_that_is_present(
    works: Works, entities: ShopEntities, slow_past: ShopEntities
) -> None:
    entities.play("c-1", "u-1")
    await works.receive(*map(past, range(9)))
    async with (
        running(worker(works, slow_past, Traffic.PAST)),
        running(worker(works, entities, Traffic.PRESENT)),
    ):
        await slow_past.asked(2)
        await works.receive(taken_in(conversation_event("CREATED")))
        await works.observer.told(ReceiptSettled)
        assert (await works.counts())["ready"] == 1

        slow_past.answering.set()
        await works.observer.told(ReceiptSettled, 10)

    assert await works.counts() == {"ready": 10}
    assert slow_past.most_in_flight == 2


async def test_what_comes_live_takes_what_waits_before_it_along(
    works: Works, entities: ShopEntities, slow_past: ShopEntities
) -> None:
    entities.play("c-past-8", "u-past-8")
    await works.receive(*map(past, range(9)))
    async with (
        running(worker(works, slow_past, Traffic.PAST)),
        running(worker(works, entities, Traffic.PRESENT)),
    ):
        await slow_past.asked(2)

        await works.receive(taken_in(conversation_event("CLOSED", "c-past-8", "u-past-8")))
        await works.observer.told(ReceiptSettled, 2)

    assert [entry.lane for entry in await works.claim(Stage.DELIVER)] == ["conversation:c-past-8"]


async def test_draining_the_present_leaves_the_past_where_it_is(works: Works, entities: ShopEntities) -> None:
    entities.play("c-1", "u-1")
    await works.receive(past(0), taken_in(conversation_event("CREATED")))

    await worker(works, entities, Traffic.PRESENT).drain()

    assert await works.counts() == {"ready": 1, "received": 1}
