"""Keeping a journal small and sound."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Retention


class Upkeep(Protocol):
    """Called by the service's janitor, beside the stages and never in their way."""

    async def organizations(self) -> Sequence[OrganizationId]:
        """Name the organizations of which anything was ever received, whether they are still served or not."""
        ...

    async def forget(self, organization: OrganizationId, retention: Retention, now: datetime) -> int:
        """Forget a portion of what is older than an organization's retention; tell of how many receipts.

        What ended and dead letters are deleted with their histories; the content (body and payload) of what ended may
        go earlier: its receipt is still recognised and explained, but cannot be replayed. Unsettled receipts are never
        touched. Of a mapped event that is deleted it stays known that it was there, and how it ended. Certificates are
        kept as long as dead letters and what ended, whichever are kept longer. 0 means that there is no more. Raises
        JournalUnavailableError.
        """
        ...

    async def size_bytes(self) -> int:
        """Tell how much room the journal takes."""
        ...

    async def verify(self) -> None:
        """Read everything and compare it. Raises JournalDamagedError naming what does not fit; may take minutes."""
        ...
