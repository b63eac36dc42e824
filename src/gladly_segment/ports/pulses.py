"""When an organization's events came."""

from typing import Protocol

from gladly_segment.core.ids import OrganizationId
from gladly_segment.ports.inspector import Pulse


class Pulses(Protocol):
    """Called by the guardian, beside the stages and never in their way."""

    async def pulse(self, organization: OrganizationId) -> Pulse:
        """Give the rhythm of an organization; `last_at` is when the last webhook came, recovered events aside.

        Raises JournalUnavailableError.
        """
        ...
