"""One organization's reconciler, from its drivers."""

from gladly_segment.core.ids import OrganizationId
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.entities import Entities
from gladly_segment.ports.observer import Observer
from gladly_segment.ports.past import Reports
from gladly_segment.ports.past_events import PastEvents
from gladly_segment.recover.reconcile import Certifier, FeedSince, Lists, Reconciler
from gladly_segment.service.guard import GuardedJournal


def make_reconciler(
    organization: OrganizationId,
    past_events: PastEvents,
    reports: Reports,
    entities: Entities,
    journal: GuardedJournal,
    clock: Clock,
    observer: Observer,
) -> Reconciler:
    """Make what certifies an organization's hours. It asks as the past does: after all others, in their leave."""
    outcomes, certificates, books = journal.outcomes, journal.certificates, journal.registry
    certifier = Certifier(
        organization,
        Lists(past_events, reports),
        entities,
        outcomes=outcomes,
        certificates=certificates,
        journal=journal,
        clock=clock,
        observer=observer,
    )
    since = FeedSince(organization, feeds=books, trail=books, outcomes=outcomes, certificates=certificates)
    return Reconciler(
        organization,
        certifier,
        since,
        outcomes=outcomes,
        certificates=certificates,
        clock=clock,
        observer=observer,
    )
