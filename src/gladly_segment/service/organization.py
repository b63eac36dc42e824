"""One organization's pipeline: its clients, its quota and its two workers."""

import random
from datetime import timedelta
from typing import Final

import aiohttp

from gladly_segment.config import OrganizationSettings
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.retry import RetryPolicy
from gladly_segment.core.secret import Secret
from gladly_segment.deliver import DeliverWorker
from gladly_segment.enrich import EnrichWorker
from gladly_segment.gladly import Directory, GladlyAccount, GladlyClient, Limiter
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.journal import Journal
from gladly_segment.ports.observer import Observer
from gladly_segment.receive import WebhookCredentials
from gladly_segment.segment import SegmentClient, SegmentSource
from gladly_segment.workers import Desk

_LINGER_S: Final = 0.02


class Shared:
    """What all organizations of a service use together."""

    def __init__(
        self,
        journal: Journal,
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


class Pipeline:
    """Enriches and delivers for one organization."""

    def __init__(self, organization: OrganizationId, settings: OrganizationSettings, shared: Shared) -> None:
        account = GladlyAccount(
            organization,
            settings.gladly_url or f"https://{organization}.gladly.com",
            settings.gladly_user,
            Secret(settings.gladly_token.get_secret_value()),
        )
        limiter = Limiter(shared.clock, settings.gladly_share)
        client = GladlyClient(account, shared.gladly, limiter, shared.clock, shared.observer)
        source = SegmentSource(
            organization, settings.segment_url, Secret(settings.segment_write_key.get_secret_value())
        )
        destination = SegmentClient(source, shared.segment, shared.clock, shared.observer)
        enrich_desk = _desk(Stage.ENRICH, organization, settings.enrich_max_age_h, shared)
        deliver_desk = _desk(Stage.DELIVER, organization, settings.deliver_max_age_h, shared)
        self.enrich = EnrichWorker(enrich_desk, Directory(client, shared.clock))
        self.deliver = DeliverWorker(deliver_desk, destination, linger_s=_LINGER_S)

    async def drain(self) -> None:
        """Enrich what is due, then deliver what is ready."""
        await self.enrich.drain()
        await self.deliver.drain()


def webhook_credentials(settings: OrganizationSettings) -> WebhookCredentials:
    """Give what Gladly's webhooks must bring along."""
    return WebhookCredentials(
        username=settings.webhook_username,
        passwords=[Secret(each.get_secret_value()) for each in settings.webhook_passwords],
        headers={
            name: [Secret(each.get_secret_value()) for each in values]
            for name, values in settings.webhook_headers.items()
        },
    )


def _desk(stage: Stage, organization: OrganizationId, max_age_h: float, shared: Shared) -> Desk:
    return Desk(
        stage,
        organization,
        RetryPolicy(max_age=timedelta(hours=max_age_h)),
        journal=shared.journal,
        clock=shared.clock,
        observer=shared.observer,
        draw=random.random,
    )
