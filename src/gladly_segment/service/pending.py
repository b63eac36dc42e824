"""How many events of each organization wait: counted once a second, so that asking costs nothing."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from gladly_segment.core.errors import JournalDamagedError, JournalUnavailableError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import unsettled
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.journal import Journal

_EVERY_S: Final = 1.0


class Pending:
    """Counts until cancelled. Raises JournalDamagedError when the journal is found damaged."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._counts: Mapping[OrganizationId, int] | None = None

    def of(self, organization: OrganizationId) -> int | None:
        """Give an organization's unsettled receipts as last counted, None before the first count. Does not block."""
        return None if self._counts is None else self._counts.get(organization, 0)

    async def run(self) -> None:
        """Count, again and again; while the journal does not answer the last count stays."""
        while True:
            try:
                self._counts = await self._count()
            except JournalDamagedError:
                raise
            except JournalUnavailableError:
                pass
            await self._clock.sleep(_EVERY_S)

    async def _count(self) -> Mapping[OrganizationId, int]:
        counts = Counter[OrganizationId]()
        for tally in await self._journal.tally():
            if unsettled(tally.state):
                counts[tally.organization] += tally.count
        return counts
