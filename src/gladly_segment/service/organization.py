"""One organization's pipeline: its clients, its quota and its workers."""

import asyncio
import random
from datetime import timedelta
from functools import partial
from typing import Final, Protocol

import aiohttp

from gladly_segment.core.ids import CustomerId
from gladly_segment.core.lifecycle import Stage, Traffic
from gladly_segment.core.organization import Organization
from gladly_segment.core.retry import RetryPolicy
from gladly_segment.deliver import DeliverWorker
from gladly_segment.enrich import EnrichWorker
from gladly_segment.gladly import Directory, GladlyAccount, GladlyClient, GladlyRequests, Limiter, Rank
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.entities import Entities
from gladly_segment.ports.observer import Observer
from gladly_segment.segment import SegmentClient, SegmentSource
from gladly_segment.service.backfilling import SqliteBackfills
from gladly_segment.service.dismissal import dismiss
from gladly_segment.service.guard import GuardedJournal, make_guardian
from gladly_segment.service.past import Past, make_backfill
from gladly_segment.service.preview import Preview
from gladly_segment.service.reconciling import make_reconciler
from gladly_segment.workers import Desk, Hold

_LINGER_S: Final = 0.02
_SIDE_BY_SIDE: Final = {Traffic.PRESENT: 16, Traffic.PAST: 48}
"""Most of those of the past wait for the same few customers."""


class Shared:
    """What all organizations of a service use together."""

    def __init__(
        self,
        journal: GuardedJournal,
        clock: Clock,
        observer: Observer,
        *,
        gladly: aiohttp.ClientSession,
        segment: aiohttp.ClientSession,
        spool: SqliteBackfills,
    ) -> None:
        self.journal = journal
        self.clock = clock
        self.observer = observer
        self.gladly = gladly
        self.segment = segment
        self.spool = spool
        self.listening = asyncio.Event()


class _Worker(Protocol):
    async def run(self) -> None:
        """Work until cancelled; what is in hand then is finished first."""
        ...


class Pipeline:
    """Enriches and delivers for one organization."""

    def __init__(self, organization: Organization, shared: Shared) -> None:
        account = GladlyAccount(
            organization.name, organization.gladly.url, organization.gladly.user, organization.gladly.token
        )
        limiter = Limiter(shared.clock, organization.gladly.share)
        ask = partial(GladlyRequests, account, shared.gladly, limiter, shared.clock, shared.observer)
        requests = ask()
        client = GladlyClient(requests)
        source = SegmentSource(organization.name, organization.segment.host, organization.segment.write_key)
        destination = SegmentClient(source, shared.segment, shared.clock, shared.observer)
        limits = organization.limits
        self._clock = shared.clock
        self._behind = GladlyClient(ask(rank=Rank.PREVIEW))
        self._directory = Directory(client, shared.clock)
        self._guardian = make_guardian(
            organization.name, requests, shared.journal, shared.clock, shared.observer, shared.listening
        )
        past = Past(ask, limiter, self._directory, shared.clock, shared.spool.diary(organization.name))
        self._backfill = make_backfill(organization, past, shared.spool, shared.journal, shared.clock, shared.observer)
        self._reconciler = make_reconciler(
            organization.name,
            past.lists.events,
            past.lists.reports,
            past.entities,
            shared.journal,
            shared.clock,
            shared.observer,
        )
        hold = Hold(shared.clock)
        self._enrich = _enrich(organization, Traffic.PRESENT, self._directory, shared, hold)
        self._enrich_past = _enrich(organization, Traffic.PAST, past.entities, shared, hold)
        self._deliver = DeliverWorker(
            _desk(Stage.DELIVER, organization, limits.deliver_max_age, shared, Hold(shared.clock)),
            destination,
            linger_s=_LINGER_S,
        )

    async def run(self) -> None:
        """Work until cancelled; what is in hand then is finished first. Raises what stops a worker."""
        workers: tuple[_Worker, ...] = (
            self._enrich,
            self._deliver,
            self._guardian,
            self._enrich_past,
            self._backfill,
            self._reconciler,
        )
        tasks = [asyncio.create_task(worker.run()) for worker in workers]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await dismiss(tasks)

    async def drain(self) -> None:
        """Enrich what is due of the present, then deliver what is ready: the past waits for the next start."""
        await self._enrich.drain()
        await self._deliver.drain()

    def preview(self) -> Preview:
        """See what would be made of events now. What waits for being sent goes before it; nothing is changed."""
        return Preview(Directory(self._behind, self._clock), self._clock)

    def forget(self, customer: CustomerId) -> None:
        """Drop what is remembered of a customer."""
        self._directory.forget(customer)

    def forget_customers(self) -> None:
        """Drop what is remembered of all customers: one of them was erased, and is known by a digest only."""
        self._directory.forget_customers()


def _enrich(
    organization: Organization, traffic: Traffic, entities: Entities, shared: Shared, hold: Hold
) -> EnrichWorker:
    desk = _desk(Stage.ENRICH, organization, organization.limits.enrich_max_age, shared, hold, traffic)
    return EnrichWorker(
        desk, entities, organization.privacy, wanted=organization.events, side_by_side=_SIDE_BY_SIDE[traffic]
    )


def _desk(
    stage: Stage,
    organization: Organization,
    max_age: timedelta,
    shared: Shared,
    hold: Hold,
    traffic: Traffic | None = None,
) -> Desk:
    return Desk(
        stage,
        organization.name,
        RetryPolicy(max_age=max_age),
        journal=shared.journal,
        clock=shared.clock,
        observer=shared.observer,
        draw=random.random,
        traffic=traffic,
        hold=hold,
    )
