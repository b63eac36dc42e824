"""The deliver stage's worker: one for each organization."""

from collections.abc import Sequence
from typing import Final

from gladly_segment.core.admission import refusal
from gladly_segment.core.batching import MAX_BATCH_EVENTS, halves, pack
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.records import Delivered, Entry, Parked
from gladly_segment.ports.destination import Accepted, Destination
from gladly_segment.workers import Desk, Hands

_CLAIMS_AT_ONCE: Final = 4


class DeliverWorker:
    """Takes ready events, at most one of a conversation at a time, and sends them in batches.

    `linger_s` (at most 0.1) is how long the first event of a batch waits for company.
    """

    def __init__(self, desk: Desk, destination: Destination, *, linger_s: float) -> None:
        self._desk = desk
        self._destination = destination
        self._linger_s = linger_s
        self._hands = Hands(_CLAIMS_AT_ONCE)

    async def run(self) -> None:
        """Work until cancelled; batches on their way then are finished first."""
        try:
            while True:
                await self._hands.free()
                entries = await self._desk.next(MAX_BATCH_EVENTS, linger_s=self._linger_s)
                self._hands.take_on(self._deliver(entries))
        finally:
            await self._hands.finish()

    async def drain(self) -> None:
        """Send what is ready now, and end."""
        while entries := await self._desk.due(MAX_BATCH_EVENTS):
            await self._deliver(entries)

    async def _deliver(self, entries: Sequence[Entry]) -> None:
        judged = [(entry, refusal(entry.payload)) for entry in entries]
        refused = [(entry, cause) for entry, cause in judged if cause is not None]
        if refused:
            await self._desk.settle(
                [entry for entry, _ in refused],
                [Parked(entry.seq, cause, f"{len(entry.payload)} bytes") for entry, cause in refused],
            )
        for batch in pack([entry for entry, cause in judged if cause is None]):
            await self._send(batch)

    async def _send(self, batch: Sequence[Entry]) -> None:
        outcome = await self._attempt(batch)
        if not isinstance(outcome, Failure):
            self._desk.worked()
            answer = _told(outcome, len(batch))
            await self._desk.settle(batch, [Delivered(entry.seq, answer) for entry in batch])
        elif self._desk.splits(batch, outcome):
            for half in halves(batch):
                await self._send(half)
        else:
            await self._desk.fail(batch, outcome)

    async def _attempt(self, batch: Sequence[Entry]) -> Accepted | Failure:
        attempt = max(entry.attempts for entry in batch)
        try:
            with self._desk.at_work(batch):
                return await self._destination.send([entry.payload for entry in batch], attempt=attempt)
        except Exception as error:  # noqa: BLE001 - what trips us up must not hold up the others: it is isolated
            return Failure(FailureKind.UNEXPECTED, type(error).__name__)


def _told(accepted: Accepted, events: int) -> str:
    batch = "1 event" if events == 1 else f"{events} events"
    return f"{accepted.status} in {accepted.seconds * 1000:.0f} ms, {batch} in the batch"
