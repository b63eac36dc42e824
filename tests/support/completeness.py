"""The completeness screen's port, with whatever a test makes of it, and two shops with a past."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from gladly_segment.core.backfill import Backfill, BackfillNumber, Found, Order, Phase, Plan, Progress, Reading
from gladly_segment.core.certificate import Certificate, Difference, DifferenceKind
from gladly_segment.core.errors import BackfillsUnavailableError, InputError
from gladly_segment.core.ids import ConversationId, OrganizationId, Seq
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.past import Span
from gladly_segment.core.records import Source
from gladly_segment.ports.registry import Action
from tests.support.clock import START
from tests.support.desk import OTHER_SHOP, SHOP

HOUR = timedelta(hours=1)


class WatchedCompleteness:
    """Keeps what it is told, and does what it is ordered at once."""

    def __init__(self) -> None:
        self.served = [SHOP, OTHER_SHOP]
        self.kept: list[Certificate] = []
        self.latest: dict[OrganizationId, Backfill] = {}
        self.certified: list[tuple[OrganizationId, Span]] = []
        self.noted: list[Action] = []
        self.refuses = ""
        self.broken = False

    def organizations(self) -> Sequence[OrganizationId]:
        return self.served

    async def certificates(
        self, organization: OrganizationId, since: datetime, until: datetime
    ) -> Sequence[Certificate]:
        found = [each for each in self.kept if each.organization == organization and since <= each.span.start < until]
        return sorted(found, key=lambda each: each.span)

    async def certify(self, organization: OrganizationId, span: Span, by: str) -> None:
        self.certified.append((organization, span))
        self._note(organization, by, "certification_ordered")

    async def backfills(self) -> Sequence[Backfill]:
        if self.broken:
            raise BackfillsUnavailableError("backfill.sqlite is no database")
        return [self.latest[name] for name in sorted(self.latest)]

    async def order(self, order: Order, by: str) -> None:
        await self.backfills()
        if self.refuses:
            raise InputError(self.refuses, hint="stop it first")
        phase = Phase.PLANNED if order.plan_only else Phase.SENDING
        self.latest[order.organization] = backfill(order.organization, phase, order=order)
        self._note(order.organization, by, "backfill_planned" if order.plan_only else "backfill_started")

    async def stop(self, organization: OrganizationId, by: str) -> bool:
        there = self.latest.get(organization)
        if there is None or there.phase is not Phase.SENDING:
            return False
        self.latest[organization] = msgspec.structs.replace(there, phase=Phase.STOPPED)
        self._note(organization, by, "backfill_stopped")
        return True

    async def actions(self, organization: OrganizationId | None, limit: int) -> Sequence[Action]:
        return [each for each in self.noted if organization in (None, each.organization)][:limit]

    def _note(self, organization: OrganizationId, by: str, what: str) -> None:
        self.noted.insert(0, Action(at=START, organization=organization, by=by, what=what))


def certificate(start: datetime, at_gladly: int = 10, organization: OrganizationId = SHOP, **but: Any) -> Certificate:
    """Give a certificate of an hour that says complete: one in five is suppressed."""
    suppressed = at_gladly // 5
    given: dict[str, Any] = {
        "organization": organization,
        "span": Span(start, start + HOUR),
        "made_at": start + HOUR + timedelta(minutes=10),
        "source": Source.EVENTS_API,
        "at_gladly": at_gladly,
        "in_journal": at_gladly,
        "accepted": at_gladly - suppressed,
        "suppressed": (("customer_deleted", suppressed),) if suppressed else (),
        "calls": 1,
        "in_feed": True,
        **but,
    }
    return Certificate(**given)


def difference(kind: DifferenceKind, at: datetime, conversation: str = "c-1", **but: Any) -> Difference:
    return Difference(kind=kind, conversation=ConversationId(conversation), event=EventKind.CLOSED, at=at, **but)


def backfill(
    organization: OrganizationId = SHOP, phase: Phase = Phase.SENDING, *, order: Order | None = None, **but: Any
) -> Backfill:
    """Give a backfill of three months, a third of which is done."""
    since = START - timedelta(days=92)
    span = order.span if order else Span(since, START)
    given: dict[str, Any] = {
        "number": BackfillNumber(1),
        "order": order or Order(organization=organization, span=span),
        "phase": phase,
        "ordered_at": START - timedelta(hours=1),
        "changed_at": START,
        "readings": (
            Reading(span=span, source=Source.REPORT, why="no export job covers it, and the Events API reaches a day"),
        ),
        "read_until": span.end,
        "found": Found(created=100_000, closed=98_200, conversations=100_000, customers=61_000),
        "plan": Plan(known=1_200, uncertain=0, calls=121_001, rate_per_s=7.6, hours=4.42, track_events=197_000),
        "progress": Progress(
            handed_over=65_000,
            known=1_200,
            ended=64_800,
            outcomes=(("delivered", "", 63_900), ("suppressed", "customer_deleted", 900)),
            calls=40_100,
            per_s=12.4,
            eta_s=10_700.0,
            share=0.97,
        ),
        **but,
    }
    return Backfill(**given)


def fill_with_a_week(watched: WatchedCompleteness, now: datetime) -> None:
    """Let one shop have had a week with a gap that was filled, and two hours that need somebody; the other is new."""
    last = now.replace(minute=0, second=0, microsecond=0) - HOUR
    for ago in range(6 * 24):
        start = last - ago * HOUR
        busy = 5 + (start.hour > 8) * 40 + ago % 7
        watched.kept.append(_of(start, ago, busy))
    for ago in range(3):
        watched.kept.append(certificate(last - ago * HOUR, 4, OTHER_SHOP))


def _of(start: datetime, ago: int, busy: int) -> Certificate:
    at = start + timedelta(minutes=12)
    match ago:
        case 0:
            waiting = (difference(DifferenceKind.WAITING, at, "c-on-its-way", seqs=(Seq(812),)),)
            return certificate(start, busy, accepted=busy - busy // 5 - 1, differences=waiting)
        case 5:
            parked = difference(DifferenceKind.PARKED, at, "c-large", seqs=(Seq(640),), reason="event_too_large")
            vanished = difference(DifferenceKind.VANISHED, at, "c-merged", seqs=(Seq(641),))
            return certificate(start, busy, accepted=busy - busy // 5 - 1, differences=(parked, vanished))
        case 30 | 31:
            recovered = tuple(
                difference(
                    DifferenceKind.RECOVERED, at, f"c-lost-{each}", seqs=(Seq(300 + each),), event_id=f"e-{each}"
                )
                for each in range(3)
            )
            return certificate(start, busy, differences=recovered)
        case _:
            return certificate(start, busy)
