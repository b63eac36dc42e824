"""The deliver stage in trouble: what is parked, what is sent again, and with what."""

from collections.abc import Sequence

import pytest

from gladly_segment.core.batching import MAX_EVENT_BYTES
from gladly_segment.core.failures import Failure
from gladly_segment.core.signals import ReceiptSettled, StageHeld, StageResumed
from gladly_segment.deliver import DeliverWorker
from gladly_segment.ports.destination import Accepted
from tests.support.clock import START, ManualClock
from tests.support.destination import ScriptedDestination, accept
from tests.support.receipts import receipt
from tests.support.stages import POLICY, Works, running
from tests.unit.deliver.steps import LINGER_S, REFUSED, TOO_LARGE, UNAUTHORIZED, UNAVAILABLE, seqs, seqs_sent


@pytest.mark.parametrize(
    ("payload", "outcome"),
    [
        (b'{"event":"e","userId":"","messageId":"m","timestamp":"2026-03-01T12:00:00.000Z"}', "parked/no_user"),
        (b'{"event":" ","userId":"u","messageId":"m","timestamp":"2026-03-01T12:00:00Z"}', "parked/no_event_name"),
        (b'{"event":"e","userId":"u","messageId":"","timestamp":"2026-03-01T12:00:00Z"}', "parked/bad_message_id"),
        (b'{"event":"e","userId":"u","messageId":"m","timestamp":"now"}', "parked/bad_timestamp"),
        (b'{"event":', "parked/payload_unreadable"),
        (b" " * (MAX_EVENT_BYTES + 1), "parked/event_too_large"),
    ],
)
async def test_what_segment_would_drop_silently_is_parked_and_frees_the_next_of_its_conversation(
    works: Works, worker: DeliverWorker, destination: ScriptedDestination, payload: bytes, outcome: str
) -> None:
    await works.make_ready(receipt("bad", lane="lane"), payload=payload)
    await works.make_ready(receipt("good", lane="lane"), "other")

    await worker.drain()

    assert sorted(seq for batch in seqs_sent(destination) for seq in batch) == [2, 3]
    assert await works.counts() == {outcome: 1, "delivered": 2}


@pytest.mark.parametrize(
    ("refusal", "outcome"), [(REFUSED, "parked/request_refused"), (TOO_LARGE, "parked/request_too_large")]
)
@pytest.mark.parametrize("bad", [1, 5, 8])
async def test_a_refused_batch_is_split_until_only_the_bad_event_is_left(
    works: Works, worker: DeliverWorker, destination: ScriptedDestination, refusal: Failure, outcome: str, bad: int
) -> None:
    destination.answer = lambda payloads: refusal if bad in seqs(payloads) else Accepted(200, 0.0)
    await works.make_ready(*"abcdefgh")

    await worker.drain()

    assert await works.counts() == {"delivered": 7, outcome: 1}
    assert sorted(seqs(destination.accepted)) == [seq for seq in range(1, 9) if seq != bad]
    assert len(destination.sent) == 7  # the whole, and two parts each of 4, 2 and 1
    [parked] = [told for told in works.observer.of(ReceiptSettled) if told.reason]
    assert (parked.seq, parked.detail) == (bad, refusal.detail)


async def test_a_part_that_fails_otherwise_is_sent_again_and_the_rest_is_not(
    works: Works, worker: DeliverWorker, destination: ScriptedDestination, clock: ManualClock
) -> None:
    answers = iter([REFUSED, Accepted(200, 0.0), UNAVAILABLE, Accepted(200, 0.0)])
    destination.answer = lambda _: next(answers)
    await works.make_ready(*"abcd")

    await worker.drain()
    assert await works.counts() == {"delivered": 2, "ready": 2}
    clock.advance(1)
    await worker.drain()

    assert seqs_sent(destination) == [[1, 2, 3, 4], [1, 2], [3, 4], [3, 4]]
    assert await works.counts() == {"delivered": 4}


async def test_each_attempt_sends_the_same_bytes_and_tells_how_many_failed_before(
    works: Works, worker: DeliverWorker, destination: ScriptedDestination, clock: ManualClock
) -> None:
    answers = iter([UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, Accepted(200, 0.0)])
    destination.answer = lambda _: next(answers)
    await works.make_ready("a")
    for pause_s in (1, 2, 4, 0):
        await worker.drain()
        clock.advance(pause_s)

    assert [sent.attempt for sent in destination.sent] == [0, 1, 2, 3]
    assert len({sent.payloads for sent in destination.sent}) == 1
    assert await works.counts() == {"delivered": 1}


async def test_a_batch_tells_the_attempts_of_the_event_that_failed_most(
    works: Works, worker: DeliverWorker, destination: ScriptedDestination, clock: ManualClock
) -> None:
    answers = iter([UNAVAILABLE, Accepted(200, 0.0)])
    destination.answer = lambda _: next(answers)
    await works.make_ready("a")
    await worker.drain()
    clock.advance(1)
    await works.make_ready("b")

    await worker.drain()

    assert [(sent.attempt, len(sent.payloads)) for sent in destination.sent] == [(0, 1), (1, 2)]


async def test_a_failing_conversation_keeps_its_order_and_holds_up_no_other(
    works: Works, worker: DeliverWorker, destination: ScriptedDestination, clock: ManualClock
) -> None:
    failing = True

    def fail_for_the_first(payloads: Sequence[bytes]) -> Accepted | Failure:
        return UNAVAILABLE if failing and 1 in seqs(payloads) else Accepted(200, 0.0)

    destination.answer = fail_for_the_first
    await works.make_ready(receipt("a", lane="lane"), receipt("b", lane="lane"))
    await worker.drain()
    await works.make_ready("c")
    await worker.drain()
    assert await works.counts() == {"ready": 2, "delivered": 1}

    failing = False
    clock.advance(1)
    await worker.drain()

    assert seqs(destination.accepted) == [3, 1, 2]


async def test_a_refused_write_key_holds_the_stage_which_is_probed_with_one_event(
    works: Works, worker: DeliverWorker, destination: ScriptedDestination, clock: ManualClock
) -> None:
    destination.answer = lambda _: UNAUTHORIZED
    await works.make_ready("a", "b", "c")
    async with running(worker):
        await clock.asleep()
        clock.advance(LINGER_S)
        await works.observer.told(StageHeld)
        await clock.asleep()
        clock.advance(10)
        while len(destination.sent) == 1:
            await clock.asleep()
            clock.advance(LINGER_S)
            await works.counts()
        await works.observer.told(StageHeld, 2)
        destination.answer = accept
        while not works.observer.of(StageResumed):
            await clock.asleep()
            clock.advance(1)
            await works.counts()
        while len(works.observer.of(ReceiptSettled)) < 3:
            clock.advance(1)
            await works.counts()

    assert [len(sent.payloads) for sent in destination.sent][:3] == [3, 1, 1]
    assert await works.counts() == {"delivered": 3}


async def test_an_event_that_cannot_be_delivered_for_too_long_is_parked(
    works: Works, worker: DeliverWorker, destination: ScriptedDestination, clock: ManualClock
) -> None:
    destination.answer = lambda _: UNAVAILABLE
    await works.make_ready("a")
    while await works.counts() == {"ready": 1}:
        await worker.drain()
        clock.advance(60)

    assert clock.now() - START > POLICY.max_age
    assert await works.counts() == {"parked/vendor_unavailable": 1}
