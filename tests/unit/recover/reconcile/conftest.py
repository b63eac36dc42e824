from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from gladly_segment.core.certificate import Certificate, by_hours
from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import Failure
from gladly_segment.core.ids import MessageId
from gladly_segment.core.lifecycle import ParkCause, Stage
from gladly_segment.core.past import PastOccurrence, Span, Told
from gladly_segment.core.records import Delivered, Entry, MadeReady, Parked
from gladly_segment.journals.sqlite import SqliteJournal, open_journal
from gladly_segment.recover.reconcile import Certifier, FeedSince, Lists, Reconciler
from gladly_segment.service.certifying import order
from tests.support.clock import START, FlyingClock, ManualClock
from tests.support.entities import ShopEntities
from tests.support.feeds import NotedFeeds, PlayedPast
from tests.support.journals import JournalInTrouble
from tests.support.observer import RecordingObserver
from tests.support.receipts import SHOP, conversation_event, taken_in

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class PlayedReports:
    """The reports port: gives what it was told of the days that are asked for, or raises `failure`."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.failure: Failure | None = None
        self.asked: list[tuple[date, date]] = []

    async def read(self, first: date, last: date) -> AsyncGenerator[Told]:
        self.asked.append((first, last))
        start = datetime.combine(first, time(), UTC)
        end = datetime.combine(last, time(), UTC) + timedelta(days=1)
        for each in self.told:
            if not isinstance(each, PastOccurrence) or start <= each.at < end:
                yield each
        if self.failure is not None:
            raise CallFailedError(self.failure)


class House:
    """A reconciler between a real journal and a Gladly that tells what it is given."""

    def __init__(self, store: SqliteJournal) -> None:
        self.store = store
        self.clock = ManualClock()
        self.observer = RecordingObserver()
        self.events = PlayedPast()
        self.reports = PlayedReports()
        self.entities = ShopEntities()
        self.feeds = NotedFeeds()
        self.journal = JournalInTrouble(store)
        self.reconciler = self.begin()

    def begin(self) -> Reconciler:
        """Begin anew, as after a restart."""
        outcomes, certificates = self.store.outcomes, self.store.certificates
        certifier = Certifier(
            SHOP,
            Lists(self.events, self.reports),
            self.entities,
            outcomes=outcomes,
            certificates=certificates,
            journal=self.journal,
            clock=self.clock,
            observer=self.observer,
        )
        self.reconciler = Reconciler(
            SHOP,
            certifier,
            FeedSince(SHOP, feeds=self.feeds, trail=self.feeds, outcomes=outcomes, certificates=certificates),
            outcomes=outcomes,
            certificates=certificates,
            clock=self.clock,
            observer=self.observer,
        )
        return self.reconciler

    async def hears(self, *bodies: bytes) -> None:
        """Receive webhooks."""
        for body in bodies:
            await self.store.append(taken_in(body, at=self.clock.now()))

    async def happens(self, *bodies: bytes) -> None:
        """Let something happen at Gladly of which the webhook comes."""
        self.events.events += bodies
        await self.hears(*bodies)

    async def has_an_hour(self) -> None:
        """Have an hour of which everything came, and the first event of the next."""
        await self.happens(
            conversation_event("CREATED", "c-1", at=START),
            conversation_event("CLOSED", "c-1", at=START + timedelta(minutes=30)),
            conversation_event("CREATED", "c-9", at=START + timedelta(hours=1)),
        )
        await self.deliver_all()

    async def deliver_all(self) -> Sequence[Entry]:
        """Enrich and deliver whatever waits."""
        entries = await self.store.claim(Stage.ENRICH, SHOP, 1_000)
        await self.store.settle([MadeReady(each.seq, b"{}", MessageId(f"gladly-{each.key}")) for each in entries])
        while ready := await self.store.claim(Stage.DELIVER, SHOP, 1_000):
            await self.store.settle([Delivered(each.seq) for each in ready])
        return entries

    async def park_all(self) -> None:
        """Let whatever waits become a dead letter."""
        entries = await self.store.claim(Stage.ENRICH, SHOP, 1_000)
        await self.store.settle([Parked(each.seq, ParkCause.NO_USER) for each in entries])

    async def beat(self, *, after: timedelta = timedelta()) -> None:
        """Let time pass, and do what is due then."""
        self.clock.advance(after.total_seconds())
        while await self.reconciler.beat():
            pass

    async def orders(self, since: datetime, until: datetime) -> None:
        await order(self.store.certificates, SHOP, by_hours(Span(since, until)), self.clock.now(), again=True)

    async def certificates(self) -> Sequence[Certificate]:
        return await self.store.certificates.certificates(SHOP, LONG_AGO, self.clock.now() + timedelta(days=1))

    async def certificate(self) -> Certificate:
        (only,) = await self.certificates()
        return only


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    journal = await open_journal(tmp_path, FlyingClock())
    yield House(journal)
    await journal.close()
