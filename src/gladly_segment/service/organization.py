"""One organization's pipeline: its clients, its quota and its workers."""

import asyncio
import random
from datetime import timedelta
from functools import partial
from typing import Final, Protocol

import aiohttp

from gladly_segment.core.ids import CustomerId
from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.organization import Organization
from gladly_segment.core.retry import RetryPolicy
from gladly_segment.deliver import DeliverWorker
from gladly_segment.enrich import EnrichWorker
from gladly_segment.gladly import Directory, GladlyAccount, GladlyClient, GladlyRequests, Limiter
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.observer import Observer
from gladly_segment.segment import SegmentClient, SegmentSource
from gladly_segment.service.dismissal import dismiss
from gladly_segment.service.guard import GuardedJournal, make_guardian
from gladly_segment.service.preview import Preview
from gladly_segment.workers import Desk

_LINGER_S: Final = 0.02


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
    ) -> None:
        self.journal = journal
        self.clock = clock
        self.observer = observer
        self.gladly = gladly
        self.segment = segment
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
        self._behind = GladlyClient(ask(yields=True))
        self._directory = Directory(client, shared.clock)
        self._guardian = make_guardian(
            organization.name, requests, shared.journal, shared.clock, shared.observer, shared.listening
        )
        self._enrich = EnrichWorker(
            _desk(Stage.ENRICH, organization, limits.enrich_max_age, shared),
            self._directory,
            organization.privacy,
            wanted=organization.events,
        )
        self._deliver = DeliverWorker(
            _desk(Stage.DELIVER, organization, limits.deliver_max_age, shared), destination, linger_s=_LINGER_S
        )

    async def run(self) -> None:
        """Work until cancelled; what is in hand then is finished first. Raises what stops a worker."""
        workers: tuple[_Worker, ...] = (self._enrich, self._deliver, self._guardian)
        tasks = [asyncio.create_task(worker.run()) for worker in workers]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await dismiss(tasks)

    async def drain(self) -> None:
        """Enrich what is due, then deliver what is ready."""
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


def _desk(stage: Stage, organization: Organization, max_age: timedelta, shared: Shared) -> Desk:
    return Desk(
        stage,
        organization.name,
        RetryPolicy(max_age=max_age),
        journal=shared.journal,
        clock=shared.clock,
        observer=shared.observer,
        draw=random.random,
    )
