"""One organization's stages on a real journal, with everything around them in a test's hands."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol

from gladly_segment.core.identity import message_id
from gladly_segment.core.ids import MessageId
from gladly_segment.core.lifecycle import Stage, Traffic
from gladly_segment.core.records import Entry, MadeReady, Receipt
from gladly_segment.core.retry import RetryPolicy
from gladly_segment.journals.sqlite import open_journal
from gladly_segment.ports.journal import Journal
from gladly_segment.workers import Desk, Hold
from tests.support.clock import FlyingClock, ManualClock
from tests.support.journals import JournalInTrouble, counts
from tests.support.observer import RecordingObserver
from tests.support.receipts import SHOP, receipt

POLICY: Final = RetryPolicy(
    base_s=2.0, cap_s=16.0, max_age=timedelta(hours=1), least_attempts=1, hold_s=20.0, hold_cap_s=160.0
)
"""With the draws of `Works` (always 0) pauses are half of it: 1, 2, 4, 8, 8 … s; holds are 10, 20, 40, 80, 80 … s."""


class Works:
    """The surroundings of the stages under test."""

    def __init__(self, journal: Journal, clock: ManualClock | FlyingClock) -> None:
        self.journal = JournalInTrouble(journal)
        self.clock = clock
        self.observer = RecordingObserver()

    def desk(
        self,
        stage: Stage,
        policy: RetryPolicy = POLICY,
        traffic: Traffic | None = None,
        hold: Hold | None = None,
    ) -> Desk:
        return Desk(
            stage,
            SHOP,
            policy,
            journal=self.journal,
            clock=self.clock,
            observer=self.observer,
            draw=lambda: 0.0,
            traffic=traffic,
            hold=hold,
        )

    async def receive(self, *receipts: Receipt | str) -> None:
        """Append receipts; a key alone stands for a receipt in a lane of its own, received now."""
        for each in receipts:
            made = receipt(each, at=self.clock.now()) if isinstance(each, str) else each
            await self.journal.append(made)

    async def make_ready(self, *receipts: Receipt | str, payload: bytes | None = None) -> None:
        """Append receipts and make all that is received ready, with good track events unless told otherwise."""
        await self.receive(*receipts)
        entries = await self.journal.claim(Stage.ENRICH, SHOP, 100_000)
        await self.journal.settle(
            [MadeReady(each.seq, payload or track_event(each), message_id(each.key)) for each in entries]
        )

    async def claim(self, stage: Stage) -> Sequence[Entry]:
        return await self.journal.claim(stage, SHOP, 100_000)

    async def counts(self) -> dict[str, int]:
        return await counts(self.journal)


def track_event(entry: Entry, *, user: str = "u-1") -> bytes:
    """Write a track event that Segment takes."""
    name: MessageId = message_id(entry.key)
    return (
        f'{{"event":"Gladly Conversation Closed","messageId":"{name}","userId":"{user}",'
        f'"timestamp":"2026-03-01T12:00:00.000Z","properties":{{"seq":{entry.seq}}}}}'
    ).encode()


def as_it_is(journal: Journal) -> Journal:
    """Disguise nothing."""
    return journal


@asynccontextmanager
async def open_works(
    data_dir: Path, clock: ManualClock | FlyingClock, disguise: Callable[[Journal], Journal] = as_it_is
) -> AsyncGenerator[Works]:
    """Open a journal for a test, with stages around it; `disguise` stands between the two."""
    journal = await open_journal(data_dir, clock)
    try:
        yield Works(disguise(journal), clock)
    finally:
        await journal.close()


class Worker(Protocol):
    """A stage's worker."""

    async def run(self) -> None: ...


@asynccontextmanager
async def running(worker: Worker) -> AsyncGenerator[asyncio.Task[None]]:
    """Let a worker work; in the end it is stopped, and so is what it has in hand."""
    task = asyncio.create_task(worker.run())
    try:
        yield task
    finally:
        # Once to dismiss it, and once more so that it does not wait for an answer that may never come.
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
