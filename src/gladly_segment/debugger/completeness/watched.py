"""What the completeness screen is given to show and to order."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gladly_segment.core.backfill import Backfill, Order
from gladly_segment.core.certificate import Certificate
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.past import Span
from gladly_segment.ports.registry import Action


class Completeness(Protocol):
    """Certificates and backfills of a running service, and who ordered what.

    Every method raises JournalUnavailableError; those about backfills raise BackfillsUnavailableError.
    """

    def organizations(self) -> Sequence[OrganizationId]:
        """Name all that are served just now. Raises nothing."""
        ...

    async def certificates(
        self, organization: OrganizationId, since: datetime, until: datetime
    ) -> Sequence[Certificate]:
        """Give those whose span begins within [since, until), by time."""
        ...

    async def certify(self, organization: OrganizationId, span: Span, by: str) -> None:
        """Have a span certified anew, and note who wanted it. Raises InputError for one that cannot be yet."""
        ...

    async def backfills(self) -> Sequence[Backfill]:
        """Give the latest of each organization."""
        ...

    async def order(self, order: Order, by: str) -> None:
        """Order a backfill, and note who did. Raises InputError where it cannot be begun."""
        ...

    async def stop(self, organization: OrganizationId, by: str) -> bool:
        """Stop the one that is under way, and note who did; tell whether there was one."""
        ...

    async def actions(self, organization: OrganizationId | None, limit: int) -> Sequence[Action]:
        """Give the latest of the audit trail, newest first."""
        ...
