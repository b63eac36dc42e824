"""The deliver stage at work: batches side by side, conversations in order, and a good end."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from gladly_segment.core.batching import MAX_BATCH_BYTES
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.identity import message_id
from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.records import MadeReady
from gladly_segment.core.signals import AttemptFailed, ReceiptSettled
from gladly_segment.deliver import DeliverWorker
from gladly_segment.ports.destination import Accepted
from tests.support.clock import ManualClock
from tests.support.destination import ScriptedDestination, accept
from tests.support.receipts import receipt
from tests.support.stages import Works, running, track_event
from tests.unit.deliver.steps import LINGER_S, UNAUTHORIZED, UNAVAILABLE, seqs, seqs_sent

PATIENCE_S = 30


async def test_what_is_ready_goes_out_in_one_batch_in_log_order(
    works: Works, worker: DeliverWorker, destination: ScriptedDestination
) -> None:
    await works.make_ready("a", "b", "c")

    await worker.drain()

    assert seqs_sent(destination) == [[1, 2, 3]]
    assert await works.counts() == {"delivered": 3}


async def test_a_delivery_tells_how_segment_answered(
    works: Works, worker: DeliverWorker, destination: ScriptedDestination
) -> None:
    destination.answer = lambda payloads: Accepted(202 if len(payloads) == 1 else 200, 0.0346)
    await works.make_ready(receipt("a", lane="lane"), receipt("b", lane="lane"), "c")

    await worker.drain()

    assert {each.seq: each.detail for each in works.observer.of(ReceiptSettled) if each.detail} == {
        1: "200 in 35 ms, 2 events in the batch",
        3: "200 in 35 ms, 2 events in the batch",
        2: "202 in 35 ms, 1 event in the batch",
    }


async def test_the_first_event_of_a_batch_waits_for_company_as_long_as_it_may(
    works: Works, worker: DeliverWorker, destination: ScriptedDestination, clock: ManualClock
) -> None:
    async with running(worker):
        await works.make_ready("a")
        await clock.asleep()
        assert clock.next_waking_s == pytest.approx(LINGER_S)
        await works.make_ready("b", "c")
        clock.advance(LINGER_S)
        await works.observer.told(ReceiptSettled, 3)

    assert seqs_sent(destination) == [[1, 2, 3]]


async def test_a_conversations_next_event_waits_until_the_one_before_is_accepted(
    works: Works, worker: DeliverWorker, destination: ScriptedDestination
) -> None:
    await works.make_ready(*(receipt(key, lane="lane") for key in "abc"), "d")

    await worker.drain()

    assert seqs_sent(destination) == [[1, 4], [2], [3]]


async def test_a_slow_batch_holds_up_no_other_conversation(
    works: Works, worker: DeliverWorker, destination: ScriptedDestination, clock: ManualClock
) -> None:
    destination.answering.clear()
    async with running(worker):
        for number in range(4):
            await works.make_ready(receipt(f"{number}", lane=f"lane {number}"))
            await clock.asleep()
            clock.advance(LINGER_S)
            await destination.busy(number + 1)
        destination.answering.set()
        await works.observer.told(ReceiptSettled, 4)


async def test_there_are_no_more_batches_at_once_than_hands(
    works: Works, worker: DeliverWorker, destination: ScriptedDestination, clock: ManualClock
) -> None:
    destination.answering.clear()
    async with running(worker):
        for number in range(4):
            await works.make_ready(f"{number}")
            await clock.asleep()
            clock.advance(LINGER_S)
            await destination.busy(number + 1)
        await works.make_ready("later")
        for _ in range(10):
            await works.counts()
            clock.advance(LINGER_S)
        assert destination.in_flight == 4
        destination.answering.set()
        await clock.asleep()
        clock.advance(LINGER_S)
        await works.observer.told(ReceiptSettled, 5)


async def test_batches_stay_within_segments_limits(
    works: Works, worker: DeliverWorker, destination: ScriptedDestination
) -> None:
    await works.receive(*(f"{number}" for number in range(40)))
    entries = await works.claim(Stage.ENRICH)
    filler = b" " * 30_000
    await works.journal.settle(
        [MadeReady(each.seq, track_event(each) + filler, message_id(each.key)) for each in entries]
    )

    await worker.drain()

    sizes = [sum(len(payload) + 1 for payload in sent.payloads) for sent in destination.sent]
    assert len(sizes) == 3
    assert max(sizes) <= MAX_BATCH_BYTES
    assert [seq for batch in seqs_sent(destination) for seq in batch] == list(range(1, 41))


async def test_deliveries_wait_for_the_journal_and_are_not_sent_again(
    works: Works, worker: DeliverWorker, destination: ScriptedDestination, clock: ManualClock
) -> None:
    await works.make_ready("a", "b")
    works.journal.troubles["settle"] = 2
    draining = asyncio.create_task(worker.drain())
    for _ in range(2):
        await clock.asleep()
        clock.advance(0.5)
    await draining

    assert len(destination.sent) == 1
    assert await works.counts() == {"delivered": 2}


async def test_whoever_is_dismissed_finishes_the_batches_on_their_way(
    works: Works, worker: DeliverWorker, destination: ScriptedDestination, clock: ManualClock
) -> None:
    destination.answering.clear()
    await works.make_ready("a")
    task = asyncio.create_task(worker.run())
    await clock.asleep()
    clock.advance(LINGER_S)
    await destination.busy()

    task.cancel()
    await works.make_ready("b")
    destination.answering.set()
    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(asyncio.CancelledError):
            await task

    assert await works.counts() == {"delivered": 1, "ready": 1}


async def test_whoever_is_dismissed_while_lingering_leaves_the_event_to_the_drain(
    works: Works, worker: DeliverWorker, destination: ScriptedDestination, clock: ManualClock
) -> None:
    await works.make_ready("a")
    task = asyncio.create_task(worker.run())
    await clock.asleep()
    task.cancel()
    await asyncio.wait({task})

    await worker.drain()

    assert await works.counts() == {"delivered": 1}


async def test_draining_sends_a_conversation_to_its_end(
    works: Works, worker: DeliverWorker, destination: ScriptedDestination
) -> None:
    await works.make_ready(*(receipt(f"{number}", lane=f"lane {number % 3}") for number in range(30)))

    await worker.drain()

    assert len(destination.sent) == 10
    assert await works.counts() == {"delivered": 30}


@pytest.mark.parametrize(
    "failure",
    [
        UNAVAILABLE,
        UNAUTHORIZED,
        Failure(FailureKind.UNREACHABLE, "no answer in time"),
        Failure(FailureKind.THROTTLED, "answered 429", 429, retry_after_s=0.0),
        Failure(FailureKind.THROTTLED, "answered 429", 429, retry_after_s=30.0),
    ],
)
async def test_draining_ends_although_segment_fails(
    works: Works, worker: DeliverWorker, destination: ScriptedDestination, failure: Failure
) -> None:
    destination.answer = lambda _: failure
    await works.make_ready(*"abc")

    async with asyncio.timeout(PATIENCE_S):
        await worker.drain()

    assert await works.counts() == {"ready": 3}
    assert len(works.observer.of(AttemptFailed)) == 1


async def test_draining_leaves_what_is_not_due(
    works: Works, worker: DeliverWorker, destination: ScriptedDestination, clock: ManualClock
) -> None:
    destination.answer = lambda _: Failure(FailureKind.THROTTLED, "answered 429", 429, retry_after_s=60.0)
    await works.make_ready("a")
    await worker.drain()
    destination.answer = accept
    await works.make_ready("b")

    clock.advance(timedelta(seconds=59).total_seconds())
    await worker.drain()

    assert seqs(destination.accepted) == [2]


async def test_an_unexpected_error_parks_its_event_and_no_other(
    works: Works, worker: DeliverWorker, destination: ScriptedDestination
) -> None:
    def break_the_contract(payloads: Sequence[bytes]) -> Accepted | Failure:
        if 2 in seqs(list(payloads)):
            raise ZeroDivisionError("a name that must not be shown")
        return Accepted(200, 0.0)

    destination.answer = break_the_contract
    await works.make_ready("a", "b", "c")

    await worker.drain()

    assert await works.counts() == {"parked/unexpected_error": 1, "delivered": 2}
    assert [told.detail for told in works.observer.of(ReceiptSettled) if told.reason] == ["ZeroDivisionError"]
