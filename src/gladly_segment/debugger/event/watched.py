"""What the event screen is given to show."""

from typing import Protocol

from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.records import History, Settlement
from gladly_segment.core.why import Answer


class WatchedEvents(Protocol):
    """The running service. The first two methods raise JournalUnavailableError."""

    async def receipt(self, seq: Seq) -> History | None:
        """Give a receipt with its history; None where there is none (any more)."""
        ...

    async def answer(self, receipt: History) -> Answer:
        """Explain a receipt as things stand now."""
        ...

    def segment_host(self, organization: OrganizationId) -> str | None:
        """Tell where an organization's events go; None when it is not served. Does not block."""
        ...

    async def as_of_now(self, receipt: History) -> Settlement:
        """Read Gladly anew, behind all that waits for being sent, and tell what would become of the receipt.

        Nothing is sent, settled or kept. The receipt's content is kept, and its type leads to a track event; its
        organization is served. Raises CallFailedError, also when no turn comes in a reasonable time.
        """
        ...
