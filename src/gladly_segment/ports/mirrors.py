"""What reached the end of the way behind Segment, kept to be compared with what Segment accepted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gladly_segment.core.ids import MessageId, OrganizationId


class Arrivals(Protocol):
    """Kept beside the journal: messageIds and how often each arrived, nothing else.

    Every method raises MirrorUnavailableError.
    """

    async def note(self, organization: OrganizationId, messages: Sequence[MessageId]) -> None:
        """Count messages as arrived; durable when it returns. One that is named twice arrived twice."""
        ...

    async def organizations(self) -> Sequence[OrganizationId]:
        """Name the organizations of which anything is kept."""
        ...

    async def forget(self, organization: OrganizationId, before: datetime) -> int:
        """Forget one portion of the messages that first arrived before a moment, and tell how many; 0 is the end."""
        ...
