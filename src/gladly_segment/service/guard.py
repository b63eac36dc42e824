"""One organization's guardian, from its drivers."""

import asyncio
from typing import Protocol

from gladly_segment.core.ids import OrganizationId
from gladly_segment.gladly import GladlyPastEvents, GladlyRequests, GladlyWebhooks
from gladly_segment.ports.certificates import Certificates
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.journal import Journal
from gladly_segment.ports.observer import Observer
from gladly_segment.ports.outcomes import Outcomes
from gladly_segment.ports.pulses import Pulses
from gladly_segment.ports.registry import AuditTrail, Feeds
from gladly_segment.recover import GapRecovery, Guardian, SilenceWatch


class FeedBooks(Feeds, AuditTrail, Protocol):
    """The registry as the guardian uses it."""


class GuardedJournal(Journal, Protocol):
    """A journal with what those who guard an organization's feed and past need beside it."""

    @property
    def registry(self) -> FeedBooks:
        """Where feeds are noted."""
        ...

    @property
    def pulses(self) -> Pulses:
        """When events came."""
        ...

    @property
    def certificates(self) -> Certificates:
        """Where certificates are kept."""
        ...

    @property
    def outcomes(self) -> Outcomes:
        """What became of occurrences."""
        ...


def make_guardian(
    organization: OrganizationId,
    requests: GladlyRequests,
    journal: GuardedJournal,
    clock: Clock,
    observer: Observer,
    listening: asyncio.Event,
) -> Guardian:
    """Make the guardian of an organization, on the requests that its other workers use too."""
    books = journal.registry
    recovery = GapRecovery(organization, GladlyPastEvents(requests), journal, books, clock, observer)
    return Guardian(
        organization,
        GladlyWebhooks(requests),
        recovery,
        SilenceWatch(organization, journal.pulses, recovery, clock, observer),
        feeds=books,
        trail=books,
        clock=clock,
        observer=observer,
        listening=listening,
    )
