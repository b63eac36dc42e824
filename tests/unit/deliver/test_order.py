"""Whatever goes wrong on the way: every event is accepted, in the order of its conversation, with the same bytes."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.signals import ReceiptSettled
from gladly_segment.deliver import DeliverWorker
from gladly_segment.ports.destination import Accepted
from gladly_segment.ports.journal import Journal
from tests.model.broken_journals import PromotesOutOfOrder
from tests.support.clock import FlyingClock, ManualClock
from tests.support.destination import ScriptedDestination
from tests.support.receipts import receipt
from tests.support.stages import POLICY, Works, as_it_is, open_works, running

PATIENCE_S = 60
PATIENT = msgspec.structs.replace(POLICY, max_age=POLICY.max_age * 24 * 365)

FAILURES = (
    Failure(FailureKind.UNREACHABLE, "no answer in time"),
    Failure(FailureKind.UNAVAILABLE, "answered 503", 503),
    Failure(FailureKind.THROTTLED, "answered 429", 429, retry_after_s=3.0),
    Failure(FailureKind.THROTTLED, "answered 429", 429, retry_after_s=0.0),
    Failure(FailureKind.UNAUTHORIZED, "answered 401", 401),
)


class CapriciousDestination(ScriptedDestination):
    """Fails by chance, and takes its time by chance; what failed may have been accepted all the same."""

    def __init__(self, seed: int, failing: float) -> None:
        super().__init__(self._judge)
        self._chance = random.Random(seed)  # noqa: S311 - chance that can be repeated
        self._failing = failing
        self.taken: list[bytes] = []

    async def send(self, payloads: Sequence[bytes], *, attempt: int) -> Accepted | Failure:
        for _ in range(self._chance.randrange(20)):
            await asyncio.sleep(0)
        return await super().send(payloads, attempt=attempt)

    def _judge(self, payloads: Sequence[bytes]) -> Accepted | Failure:
        if self._chance.random() >= self._failing:
            self.taken += payloads
            return Accepted(200, 0.0)
        failure = self._chance.choice(FAILURES)
        if failure.kind is FailureKind.UNREACHABLE:
            # The answer was lost, the batch was not.
            self.taken += payloads
        return failure


def first_acceptances(payloads: Sequence[bytes]) -> Iterator[int]:
    """Give the events' places in the log, in the order in which each was taken for the first time."""
    for payload in dict.fromkeys(payloads):
        yield msgspec.json.decode(payload)["properties"]["seq"]


async def deliver_all(works: Works, destination: CapriciousDestination, lanes: Sequence[int]) -> None:
    """Let one receipt for each of `lanes` become ready while the worker runs, until all are delivered."""
    worker = DeliverWorker(works.desk(Stage.DELIVER, PATIENT), destination, linger_s=0.02)
    async with asyncio.timeout(PATIENCE_S), running(worker):
        for number, lane in enumerate(lanes):
            await works.make_ready(receipt(f"{number}", lane=f"{lane}", at=works.clock.now()))
        await works.observer.told(ReceiptSettled, len(lanes))


@settings(max_examples=40)
@given(
    lanes=st.lists(st.integers(0, 4), min_size=1, max_size=40),
    seed=st.integers(0, 2**32),
    failing=st.sampled_from([0.0, 0.3, 0.8]),
)
def test_conversations_arrive_complete_and_in_order(lanes: list[int], seed: int, failing: float) -> None:
    async def play() -> tuple[dict[str, int], CapriciousDestination]:
        destination = CapriciousDestination(seed, failing)
        with TemporaryDirectory() as directory:
            async with open_works(Path(directory), FlyingClock()) as works:
                await deliver_all(works, destination, lanes)
                return await works.counts(), destination

    counts, destination = asyncio.run(play())

    assert counts == {"delivered": len(lanes)}
    by_lane: defaultdict[int, list[int]] = defaultdict(list)
    for seq in first_acceptances(destination.taken):
        by_lane[lanes[seq - 1]].append(seq)
    assert by_lane == {lane: [seq for seq, of in enumerate(lanes, start=1) if of == lane] for lane in set(lanes)}
    payloads = {payload for sent in destination.sent for payload in sent.payloads}
    assert len(payloads) == len(lanes), "an event went out with different bytes"


@pytest.mark.parametrize(("disguise", "order"), [(as_it_is, [1, 2]), (PromotesOutOfOrder, [2, 1])])
async def test_a_journal_that_lets_events_overtake_is_found_out(
    tmp_path: Path, disguise: Callable[[Journal], Journal], order: list[int]
) -> None:
    answers = iter([FAILURES[1], Accepted(200, 0.0), Accepted(200, 0.0)])
    destination = ScriptedDestination(lambda _: next(answers))
    clock = ManualClock()
    async with open_works(tmp_path, clock, disguise) as works:
        worker = DeliverWorker(works.desk(Stage.DELIVER), destination, linger_s=0.02)
        for key in ("a", "b"):
            await works.make_ready(receipt(key, lane="lane"))
            await worker.drain()
        clock.advance(1)
        await worker.drain()

    assert list(first_acceptances(destination.accepted)) == order
