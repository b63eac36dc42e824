"""A backfill between a real journal, a real spool, and a Gladly that tells what a test says."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec

from gladly_segment.core.backfill import Backfill, Order, Phase
from gladly_segment.core.backfill_signals import BackfillEnded
from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.past import PastOccurrence, Span
from gladly_segment.core.privacy import PrivacyPolicy
from gladly_segment.core.signals import ReceiptAppended
from gladly_segment.deliver import DeliverWorker
from gladly_segment.enrich import EnrichWorker
from gladly_segment.journals.sqlite import SqliteJournal
from gladly_segment.recover.backfill import BackfillEngine, Gatherer, Lists, Recognition, Sender
from gladly_segment.spool import SqliteBackfills
from gladly_segment.workers import Desk
from tests.support.clock import FlyingClock
from tests.support.destination import ScriptedDestination
from tests.support.entities import ShopEntities
from tests.support.journals import JournalInTrouble
from tests.support.observer import RecordingObserver
from tests.support.pasts import PlayedLists, closed, created, days_ago
from tests.support.receipts import SHOP
from tests.support.stages import POLICY

MOST_IN_HAND: Final = 8


class FixedRate:
    """The rate of somebody who counts what the entities were asked for."""

    def __init__(self, entities: ShopEntities) -> None:
        self._entities = entities

    def calls(self) -> int:
        return len(self._entities.reads)

    def for_the_past(self) -> float:
        return 9.0

    def in_all(self) -> float:
        return 10.0


class Bringing:
    """Everything around the engine, which can be ended and begun again like a service."""

    def __init__(self, journal: SqliteJournal, spool: SqliteBackfills, clock: FlyingClock) -> None:
        self.clock = clock
        self.store = journal
        self.spool = spool
        self.lists = PlayedLists()
        self.journal = JournalInTrouble(journal)
        self.entities = ShopEntities()
        self.destination = ScriptedDestination()
        self.observer = RecordingObserver()
        self.rate = FixedRate(self.entities)

    def play(self, conversations: int = 1, *, days: float = 20) -> Sequence[PastOccurrence]:
        """Have conversations created and closed that many days ago; give what happened."""
        told: list[PastOccurrence] = []
        for number in range(conversations):
            conversation, customer, at = f"c-{number}", f"u-{number // 2}", days_ago(days)
            self.entities.play(conversation, customer)
            told += [created(at, conversation, customer), closed(days_ago(days - 1), conversation, customer)]
        self.lists.happened += told
        return told

    async def order(self, since: float = 30, until: float = 2, **changes: Any) -> Backfill:
        """Order what happened between so many days ago."""
        order = Order(organization=SHOP, span=Span(days_ago(since), days_ago(until)))
        return await self.spool.order(msgspec.structs.replace(order, **changes))

    def engine(self) -> BackfillEngine:
        """Make an engine, as each start of a service does."""
        recognition = Recognition(SHOP, self.store.outcomes)
        lists = Lists(events=self.lists.events, exports=self.lists.exports, reports=self.lists)
        sender = Sender(
            SHOP,
            self.spool,
            recognition,
            journal=self.journal,
            outcomes=self.store.outcomes,
            entities=self.entities,
            clock=self.clock,
            observer=self.observer,
            most_in_hand=MOST_IN_HAND,
        )
        gatherer = Gatherer(lists, self.spool, recognition, self.rate, self.clock)
        return BackfillEngine(SHOP, self.spool, gatherer, sender, self.rate, self.clock, self.observer)

    @asynccontextmanager
    async def working(self) -> AsyncGenerator[None]:
        """Run the engine while the block lasts, but nobody who takes anything from the journal."""
        async with _tasks(self.engine()):
            yield

    @asynccontextmanager
    async def served(self) -> AsyncGenerator[None]:
        """Run the engine and the stages while the block lasts."""
        async with self.working(), self.staged():
            yield

    @asynccontextmanager
    async def staged(self) -> AsyncGenerator[None]:
        """Run the stages while the block lasts."""
        enrich = EnrichWorker(self._desk(Stage.ENRICH), self.entities, PrivacyPolicy())
        deliver = DeliverWorker(self._desk(Stage.DELIVER), self.destination, linger_s=0.0)
        async with _tasks(enrich, deliver):
            yield

    async def ended(self, times: int = 1) -> Phase:
        """Wait until the engine has ended its work so often; give how that was."""
        return (await self.observer.told(BackfillEnded, times))[times - 1].phase

    async def carried_out(self) -> Backfill:
        """Have all that was ordered done, and give how it is then."""
        async with self.served():
            await self.ended(len(self.observer.of(BackfillEnded)) + 1)
        return await self.shown()

    async def shown(self) -> Backfill:
        """Give it as people see it."""
        (backfill,) = await self.spool.latest()
        return backfill

    async def until(self, *, handed_over: int) -> None:
        """Wait until so many occurrences have been handed over."""
        await self.observer.told(ReceiptAppended, handed_over)

    def sent(self) -> list[dict[str, Any]]:
        """What Segment accepted, in that order."""
        return [msgspec.json.decode(payload) for payload in self.destination.accepted]

    def told_of(self) -> list[tuple[str, str]]:
        """The conversations of what was sent, and what happened to them."""
        return [(each["properties"]["conversationId"], each["event"].rpartition(" ")[2]) for each in self.sent()]

    def _desk(self, stage: Stage) -> Desk:
        return Desk(
            stage,
            SHOP,
            POLICY,
            journal=self.journal,
            clock=self.clock,
            observer=self.observer,
            draw=lambda: 0.0,
        )


@asynccontextmanager
async def _tasks(*workers: Any) -> AsyncGenerator[None]:
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
