"""One organization's past, from its drivers: what Gladly's lists tell of it, and who brings it in."""

from collections.abc import Callable

from gladly_segment.core.organization import Organization
from gladly_segment.gladly import (
    Directory,
    GladlyClient,
    GladlyExports,
    GladlyPastEvents,
    GladlyReports,
    GladlyRequests,
    Limiter,
    PastEntities,
    Rank,
    ReportDiary,
)
from gladly_segment.ports.backfills import Spool
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.observer import Observer
from gladly_segment.recover.backfill import MOST_IN_HAND, BackfillEngine, Gatherer, Lists, Recognition, Sender
from gladly_segment.service.guard import GuardedJournal


class Past:
    """What is read of the past, in the rank of the past, and shared by all who read it for one organization."""

    def __init__(
        self,
        ask: Callable[..., GladlyRequests],
        limiter: Limiter,
        directory: Directory,
        clock: Clock,
        diary: ReportDiary | None = None,
    ) -> None:
        """`ask` makes requests of a `rank`; `diary` tells of reports that other processes asked for."""
        requests = ask(rank=Rank.PAST)
        self.rate = _Rate(limiter)
        self.client = GladlyClient(requests)
        self.entities = PastEntities(self.client, directory, clock)
        self.lists = Lists(
            events=GladlyPastEvents(requests),
            exports=GladlyExports(requests, clock),
            reports=GladlyReports(requests, clock, diary),
        )


def make_backfill(
    organization: Organization,
    past: Past,
    spool: Spool,
    journal: GuardedJournal,
    clock: Clock,
    observer: Observer,
) -> BackfillEngine:
    """Make what brings in the past of an organization."""
    name, backlog = organization.name, organization.limits.backlog
    recognition = Recognition(name, journal.outcomes)
    sender = Sender(
        name,
        spool,
        recognition,
        journal=journal,
        outcomes=journal.outcomes,
        entities=past.entities,
        clock=clock,
        observer=observer,
        # No webhook may be turned away because the past fills the organization's backlog.
        most_in_hand=MOST_IN_HAND if backlog is None else min(MOST_IN_HAND, max(1, backlog // 4)),
    )
    gatherer = Gatherer(past.lists, spool, recognition, past.rate, clock)
    return BackfillEngine(name, spool, gatherer, sender, past.rate, clock, observer)


class _Rate:
    """Gladly's rate as a backfill uses it."""

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter

    def calls(self) -> int:
        """See the protocol."""
        return self._limiter.passed(Rank.PAST)

    def for_the_past(self) -> float:
        """See the protocol."""
        return self._limiter.permitted_per_s("GET", Rank.PAST)

    def in_all(self) -> float:
        """See the protocol."""
        return self._limiter.permitted_per_s("GET")
