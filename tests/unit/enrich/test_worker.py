"""The enrich stage at work on a journal."""

import asyncio
from datetime import timedelta

import pytest

from gladly_segment.core.errors import StaleClaimError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.records import Settlement
from gladly_segment.core.signals import AttemptFailed, ReceiptSettled, StageHeld, StageResumed
from gladly_segment.enrich import EnrichWorker
from tests.support.clock import START, ManualClock
from tests.support.entities import ShopEntities
from tests.support.receipts import conversation_event, profile_event, receipt, taken_in
from tests.support.stages import Works, running

PATIENCE_S = 30
UNAVAILABLE = Failure(FailureKind.UNAVAILABLE, "answered 503")
UNAUTHORIZED = Failure(FailureKind.UNAUTHORIZED, "answered 401")


async def test_it_makes_events_ready_as_they_come(works: Works, worker: EnrichWorker, entities: ShopEntities) -> None:
    entities.play("c-1", "u-1")
    async with running(worker):
        await works.receive(taken_in(conversation_event("CREATED")))
        await works.observer.told(ReceiptSettled, 1)
        await works.receive(taken_in(conversation_event("CLOSED")))
        await works.observer.told(ReceiptSettled, 2)

    assert await works.counts() == {"ready": 2}


async def test_it_works_side_by_side_and_no_more_than_it_has_hands(
    works: Works, worker: EnrichWorker, entities: ShopEntities
) -> None:
    for number in range(40):
        entities.play(f"c-{number}", f"u-{number}")
        await works.receive(taken_in(conversation_event("CREATED", f"c-{number}", f"u-{number}")))
    entities.answering.clear()
    async with running(worker):
        await entities.asked(16)
        entities.answering.set()
        await works.observer.told(ReceiptSettled, 40)

    assert entities.most_in_flight == 16
    assert await works.counts() == {"ready": 40}


async def test_one_slow_answer_holds_up_no_other_event(
    works: Works, worker: EnrichWorker, entities: ShopEntities
) -> None:
    entities.answering.clear()
    await works.receive(taken_in(conversation_event("CREATED", "c-slow", "u-slow")))
    async with running(worker):
        await entities.asked(1)
        await works.receive(*(taken_in(profile_event("UPDATED", f"u-{number}")) for number in range(20)))

        await works.observer.told(ReceiptSettled, 20)

        entities.answering.set()


async def test_an_unexpected_error_parks_its_event_and_no_other(
    works: Works, worker: EnrichWorker, entities: ShopEntities
) -> None:
    entities.play("c-1", "u-1")
    entities.play("c-2", "u-2")
    entities.troubles.append(ZeroDivisionError("a name that must not be shown"))

    await works.receive(
        taken_in(conversation_event("CREATED", "c-1", "u-1")), taken_in(conversation_event("CREATED", "c-2", "u-2"))
    )
    await worker.drain()

    assert await works.counts() == {"parked/unexpected_error": 1, "ready": 1}
    parked = [told for told in works.observer.of(ReceiptSettled) if told.reason]
    assert [told.detail for told in parked] == ["ZeroDivisionError"]


async def test_a_failed_call_is_made_again_later(
    works: Works, worker: EnrichWorker, entities: ShopEntities, clock: ManualClock
) -> None:
    entities.play("c-1", "u-1")
    entities.troubles += [UNAVAILABLE, UNAVAILABLE]
    await works.receive(taken_in(conversation_event("CREATED")))
    async with running(worker):
        for failures, pause_s in ((1, 1), (2, 2)):
            await works.observer.told(AttemptFailed, failures)
            await clock.asleep()
            clock.advance(pause_s)
        await works.observer.told(ReceiptSettled)

    assert await works.counts() == {"ready": 1}


async def test_refused_credentials_hold_the_stage_until_a_probe_works(
    works: Works, worker: EnrichWorker, entities: ShopEntities, clock: ManualClock
) -> None:
    for number in range(5):
        entities.play(f"c-{number}", f"u-{number}")
        await works.receive(taken_in(conversation_event("CREATED", f"c-{number}", f"u-{number}")))
    entities.troubles += [UNAUTHORIZED] * 6
    async with running(worker):
        await works.observer.told(AttemptFailed, 5)
        await clock.asleep()
        assert len(works.observer.of(StageHeld)) == 1
        clock.advance(10)
        await works.observer.told(StageHeld, 2)
        await clock.asleep()
        clock.advance(20)
        await works.observer.told(StageResumed)
        await works.observer.told(ReceiptSettled, 5)

    assert await works.counts() == {"ready": 5}
    assert len(works.observer.of(AttemptFailed)) == 6


async def test_an_outcome_waits_for_the_journal(
    works: Works, worker: EnrichWorker, entities: ShopEntities, clock: ManualClock
) -> None:
    entities.play("c-1", "u-1")
    await works.receive(taken_in(conversation_event("CREATED")), taken_in(profile_event("UPDATED")))
    works.journal.troubles["settle"] = 4
    async with running(worker):
        for _ in range(2):
            await clock.asleep(2)
            clock.advance(0.5)
        await works.observer.told(ReceiptSettled, 2)

    assert await works.counts() == {"ready": 1, "ignored/profile_change_noted": 1}


async def test_whoever_is_dismissed_finishes_what_is_in_hand(
    works: Works, worker: EnrichWorker, entities: ShopEntities
) -> None:
    entities.play("c-1", "u-1")
    entities.answering.clear()
    await works.receive(taken_in(conversation_event("CREATED")))
    task = asyncio.create_task(worker.run())
    await entities.asked(1)

    task.cancel()
    await works.receive(taken_in(conversation_event("CLOSED")))
    entities.answering.set()
    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(asyncio.CancelledError):
            await task

    assert await works.counts() == {"ready": 1, "received": 1}


async def test_whoever_is_dismissed_twice_leaves_the_event_for_the_next_start(
    works: Works, worker: EnrichWorker, entities: ShopEntities
) -> None:
    entities.answering.clear()
    await works.receive(taken_in(conversation_event("CREATED")))
    task = asyncio.create_task(worker.run())
    await entities.asked(1)

    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(asyncio.CancelledError):
            await task

    assert entities.in_flight == 0
    assert await works.counts() == {"received": 1}


async def test_draining_works_off_what_is_due_and_ends(
    works: Works, worker: EnrichWorker, entities: ShopEntities, clock: ManualClock
) -> None:
    for number in range(200):
        entities.play(f"c-{number}", f"u-{number}")
        await works.receive(taken_in(conversation_event("CREATED", f"c-{number}", f"u-{number}")))
    await works.receive(receipt("not due", at=START + timedelta(seconds=1)))

    await worker.drain()

    assert await works.counts() == {"ready": 200, "received": 1}


async def test_draining_ends_although_gladly_fails(works: Works, worker: EnrichWorker, entities: ShopEntities) -> None:
    entities.troubles += [UNAVAILABLE, UNAUTHORIZED, *[UNAVAILABLE] * 100]
    await works.receive(
        *(taken_in(conversation_event("CREATED", f"c-{number}", f"u-{number}")) for number in range(100))
    )

    async with asyncio.timeout(PATIENCE_S):
        await worker.drain()

    assert (await works.counts())["received"] == 100
    assert len(works.observer.of(AttemptFailed)) <= 100


async def test_an_error_that_cannot_be_dealt_with_stops_the_worker_although_nothing_comes_in(
    works: Works, worker: EnrichWorker, entities: ShopEntities, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(settlements: list[Settlement]) -> None:
        raise StaleClaimError(f"receipt {settlements[0].seq} is not claimed")

    entities.play("c-1", "u-1")
    entities.answering.clear()
    async with running(worker) as task:
        await works.receive(taken_in(conversation_event("CREATED")))
        await entities.asked(1)
        monkeypatch.setattr(works.journal, "settle", refuse)

        entities.answering.set()

        await asyncio.wait({task}, timeout=PATIENCE_S)
        assert task.done()
        with pytest.raises(StaleClaimError):
            task.result()
