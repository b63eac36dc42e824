"""The dead letters' screen on the running service."""

from collections.abc import Sequence

from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.records import History, Selection
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.curator import Curator, DeadGroup
from gladly_segment.ports.registry import Action, AuditTrail
from gladly_segment.service.dead import DeadLetterOffice


class DeadRoom:
    """What the screen is given."""

    def __init__(self, curator: Curator, trail: AuditTrail, clock: Clock) -> None:
        self._curator = curator
        self._trail = trail
        self._office = DeadLetterOffice(curator, trail, clock)

    async def groups(self, organization: OrganizationId | None) -> Sequence[DeadGroup]:
        """See the port."""
        return await self._curator.dead(organization)

    async def letters(self, selection: Selection, limit: int, after: Seq) -> Sequence[History]:
        """See the port."""
        return await self._curator.find(selection, limit, after=after)

    async def retry(self, selection: Selection, by: str) -> int:
        """See the port."""
        return await self._office.retry(selection, by)

    async def drop(self, selection: Selection, by: str) -> int:
        """See the port."""
        return await self._office.drop(selection, by)

    async def actions(self, organization: OrganizationId | None, limit: int) -> Sequence[Action]:
        """See the port."""
        return await self._trail.actions(organization, limit)
