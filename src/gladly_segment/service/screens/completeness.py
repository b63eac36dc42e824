"""The completeness screen on the running service."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from gladly_segment.core.backfill import Backfill, Order
from gladly_segment.core.certificate import Certificate
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.moments import format_moment
from gladly_segment.core.past import Span
from gladly_segment.ports.backfills import Backfills
from gladly_segment.ports.certificates import Certificates
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.registry import Action, AuditTrail
from gladly_segment.service.certifying import Wish, order, spans_of

PLANNED: Final = "backfill_planned"
STARTED: Final = "backfill_started"
STOPPED: Final = "backfill_stopped"
CERTIFY: Final = "certification_ordered"


class CompletenessRoom:
    """What the screen is given."""

    def __init__(
        self,
        served: Callable[[], Sequence[OrganizationId]],
        certificates: Certificates,
        backfills: Backfills,
        trail: AuditTrail,
        clock: Clock,
    ) -> None:
        self._served = served
        self._certificates = certificates
        self._backfills = backfills
        self._trail = trail
        self._clock = clock

    def organizations(self) -> Sequence[OrganizationId]:
        """See the port."""
        return self._served()

    async def certificates(
        self, organization: OrganizationId, since: datetime, until: datetime
    ) -> Sequence[Certificate]:
        """See the port."""
        return await self._certificates.certificates(organization, since, until)

    async def certify(self, organization: OrganizationId, span: Span, by: str) -> None:
        """See the port."""
        now = self._clock.now()
        wish = Wish(organization=organization, since=span.start, until=span.end, again=True)
        await order(self._certificates, organization, spans_of(wish, now), now, again=True)
        await self._note(organization, by, CERTIFY, span)

    async def backfills(self) -> Sequence[Backfill]:
        """See the port."""
        return await self._backfills.latest()

    async def order(self, order: Order, by: str) -> None:
        """See the port."""
        await self._backfills.order(order)
        await self._note(order.organization, by, PLANNED if order.plan_only else STARTED, order.span)

    async def stop(self, organization: OrganizationId, by: str) -> bool:
        """See the port."""
        stopped = await self._backfills.stop(organization)
        if stopped is not None:
            await self._note(organization, by, STOPPED, stopped.order.span)
        return stopped is not None

    async def actions(self, organization: OrganizationId | None, limit: int) -> Sequence[Action]:
        """See the port."""
        return await self._trail.actions(organization, limit)

    async def _note(self, organization: OrganizationId, by: str, what: str, span: Span) -> None:
        detail = f"{format_moment(span.start)} – {format_moment(span.end)}"
        at = self._clock.now()
        await self._trail.note_action(Action(at=at, organization=organization, by=by, what=what, detail=detail))
