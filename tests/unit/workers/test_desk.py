"""A desk claims, settles, and carries out verdicts."""

import asyncio
from datetime import timedelta

import pytest

from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.lifecycle import IgnoreReason, ParkCause, Stage, State, SuppressReason
from gladly_segment.core.records import Deferred, Delivered, Ignored, MadeReady, MessageId, Parked, Suppressed
from gladly_segment.core.signals import AttemptFailed, JournalTrouble, ReceiptSettled
from gladly_segment.workers import Desk
from tests.support.clock import START, ManualClock
from tests.support.receipts import SHOP, receipt
from tests.support.stages import Works

PATIENCE_S = 30
UNAVAILABLE = Failure(FailureKind.UNAVAILABLE, "answered 503")
REFUSED = Failure(FailureKind.REFUSED, "answered 400")


@pytest.fixture
def desk(works: Works) -> Desk:
    return works.desk(Stage.ENRICH)


async def next_keys(desk: Desk, limit: int = 100) -> list[str]:
    async with asyncio.timeout(PATIENCE_S):
        return [entry.key for entry in await desk.next(limit)]


async def test_it_waits_for_work(works: Works, desk: Desk) -> None:
    waiting = asyncio.create_task(next_keys(desk))
    await works.counts()
    assert not waiting.done()

    await works.receive("a")

    assert await waiting == ["a"]


async def test_what_comes_while_it_lingers_is_taken_along(works: Works, desk: Desk, clock: ManualClock) -> None:
    await works.receive("a")
    waiting = asyncio.create_task(desk.next(100, linger_s=0.02))
    await clock.asleep()
    assert clock.next_waking_s == pytest.approx(0.02)

    await works.receive("b")
    clock.advance(0.02)

    async with asyncio.timeout(PATIENCE_S):
        assert [entry.key for entry in await waiting] == ["a", "b"]


@pytest.mark.parametrize("steps", range(30))
async def test_whoever_is_cancelled_while_waiting_has_the_entries_or_has_claimed_none(
    works: Works, desk: Desk, steps: int
) -> None:
    await works.receive("a")
    waiting = asyncio.create_task(desk.next(100))
    for _ in range(steps):
        await asyncio.sleep(0)

    waiting.cancel()

    try:
        got = [entry.key for entry in await waiting]
    except asyncio.CancelledError:
        got = await next_keys(desk)
    assert got == ["a"]
    assert not await desk.due(100)


async def test_a_journal_that_is_unavailable_is_asked_again_after_a_pause(
    works: Works, desk: Desk, clock: ManualClock
) -> None:
    await works.receive("a")
    works.journal.troubles["claim"] = 2
    waiting = asyncio.create_task(next_keys(desk))
    for _ in range(2):
        await clock.asleep()
        clock.advance(0.5)

    assert await waiting == ["a"]
    assert works.observer.of(JournalTrouble) == [JournalTrouble("the journal could not be written: disk full")] * 2


async def test_an_outcome_is_written_as_often_as_it_takes_and_told_once(
    works: Works, desk: Desk, clock: ManualClock
) -> None:
    await works.receive("a")
    entries = await desk.due(1)
    works.journal.troubles["settle"] = 3
    settling = asyncio.create_task(desk.settle(entries, [Suppressed(entries[0].seq, SuppressReason.CUSTOMER_DELETED)]))
    for _ in range(3):
        await clock.asleep()
        assert works.observer.of(ReceiptSettled) == []
        clock.advance(0.5)
    await settling

    assert await works.counts() == {"suppressed/customer_deleted": 1}
    assert len(works.observer.of(JournalTrouble)) == 3
    assert len(works.observer.of(ReceiptSettled)) == 1


async def test_every_outcome_is_told_with_its_reason_and_the_time_it_took(works: Works, clock: ManualClock) -> None:
    desk = works.desk(Stage.ENRICH)
    await works.receive("a", "b", "c", "d", "e")
    clock.advance(2)
    a, b, c, d, e = entries = await desk.due(5)

    await desk.settle(
        entries,
        [
            MadeReady(a.seq, b"{}", MessageId("m")),
            Suppressed(b.seq, SuppressReason.CONVERSATION_GONE),
            Ignored(c.seq, IgnoreReason.PROFILE_CHANGE_NOTED),
            Parked(d.seq, ParkCause.UNEXPECTED_ERROR, "KeyError"),
            Deferred(e.seq, START, counted=True),
        ],
    )

    assert [(each.seq, each.state, each.reason, each.detail) for each in works.observer.of(ReceiptSettled)] == [
        (a.seq, State.READY, "", ""),
        (b.seq, State.SUPPRESSED, "conversation_gone", ""),
        (c.seq, State.IGNORED, "profile_change_noted", ""),
        (d.seq, State.PARKED, "unexpected_error", "KeyError"),
    ]
    assert {each.seconds for each in works.observer.of(ReceiptSettled)} == {2.0}


async def test_a_delivery_is_told_with_the_time_since_the_event_was_received(works: Works, clock: ManualClock) -> None:
    await works.receive("a")
    clock.advance(2)
    await works.make_ready()
    clock.advance(3)
    desk = works.desk(Stage.DELIVER)
    [entry] = await desk.due(1)

    await desk.settle([entry], [Delivered(entry.seq, "200 in 35 ms")])

    assert [(each.state, each.detail, each.seconds) for each in works.observer.of(ReceiptSettled)] == [
        (State.DELIVERED, "200 in 35 ms", 5.0)
    ]


async def test_a_failed_attempt_is_repeated_after_pauses_that_grow(
    works: Works, desk: Desk, clock: ManualClock
) -> None:
    await works.receive("a")
    pauses_s: list[float] = []
    for attempts in range(6):
        began = clock.now()
        while not (entries := await desk.due(1)):
            clock.advance(1)
        pauses_s.append((clock.now() - began).total_seconds())
        assert entries[0].attempts == attempts
        await desk.fail(entries, UNAVAILABLE)

    assert pauses_s == [0, 1, 2, 4, 8, 8]
    assert set(works.observer.of(AttemptFailed)) == {
        AttemptFailed(SHOP, Stage.ENRICH, FailureKind.UNAVAILABLE, "answered 503", 1)
    }


async def test_a_wait_that_the_vendor_asked_for_counts_as_no_attempt(
    works: Works, desk: Desk, clock: ManualClock
) -> None:
    await works.receive("a")

    await desk.fail(await desk.due(1), Failure(FailureKind.THROTTLED, "answered 429", 429, retry_after_s=7.0))

    clock.advance(6.999)
    assert not await desk.due(1)
    clock.advance(0.001)
    [entry] = await desk.due(1)
    assert entry.attempts == 0


async def test_a_vendor_that_asks_for_no_wait_is_not_asked_again_at_once(works: Works, desk: Desk) -> None:
    await works.receive("a")

    await desk.fail(await desk.due(1), Failure(FailureKind.THROTTLED, "answered 429", 429, retry_after_s=0.0))

    assert not await desk.due(1)


async def test_an_event_that_failed_for_too_long_is_parked_with_the_cause(
    works: Works, desk: Desk, clock: ManualClock
) -> None:
    await works.receive("a")
    entries = await desk.due(1)
    clock.advance(timedelta(hours=1, seconds=1).total_seconds())

    await desk.fail(entries, UNAVAILABLE)

    assert await works.counts() == {"parked/vendor_unavailable": 1}
    [told] = works.observer.of(ReceiptSettled)
    assert (told.reason, told.detail) == ("vendor_unavailable", "answered 503")


@pytest.mark.parametrize(
    ("kind", "cause"),
    [(FailureKind.REFUSED, "parked/request_refused"), (FailureKind.TOO_LARGE, "parked/request_too_large")],
)
async def test_a_request_that_is_refused_is_parked(works: Works, desk: Desk, kind: FailureKind, cause: str) -> None:
    await works.receive("a")

    await desk.fail(await desk.due(1), Failure(kind, "no"))

    assert await works.counts() == {cause: 1}


async def test_a_refused_batch_splits_and_a_refused_event_does_not(works: Works, desk: Desk) -> None:
    await works.receive("a", "b")
    entries = await desk.due(2)

    assert desk.splits(entries, REFUSED)
    assert not desk.splits(entries[:1], REFUSED)
    assert not desk.splits(entries, UNAVAILABLE)


async def test_what_failed_together_is_due_together(works: Works, desk: Desk, clock: ManualClock) -> None:
    await works.receive("a")
    await desk.fail(await desk.due(1), UNAVAILABLE)
    await works.receive("b")
    clock.advance(1)
    entries = await desk.due(2)
    assert sorted(entry.attempts for entry in entries) == [0, 1]

    await desk.fail(entries, UNAVAILABLE)

    clock.advance(1.999)
    assert not await desk.due(2)
    clock.advance(0.001)
    assert len(await desk.due(2)) == 2
    assert works.observer.of(AttemptFailed)[-1].receipts == 2


async def test_each_event_of_a_failed_batch_is_judged_by_its_own_age(works: Works, clock: ManualClock) -> None:
    desk = works.desk(Stage.DELIVER)
    await works.make_ready("old")
    clock.advance(timedelta(minutes=59).total_seconds())
    await works.make_ready(receipt("young", at=clock.now()))
    entries = await desk.due(2)
    clock.advance(timedelta(minutes=2).total_seconds())

    await desk.fail(entries, UNAVAILABLE)

    assert await works.counts() == {"parked/vendor_unavailable": 1, "ready": 1}
