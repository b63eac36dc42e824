"""Journals for the tests of those who use one."""

from collections import Counter
from collections.abc import Sequence

from gladly_segment.core.errors import JournalUnavailableError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import Stage, Traffic
from gladly_segment.core.records import Appended, Entry, Receipt, Settlement, Tally
from gladly_segment.ports.journal import Journal


class JournalInTrouble:
    """The journal port on another journal: as often as `troubles` says for a method, it is unavailable."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.troubles: Counter[str] = Counter()

    async def append(self, receipt: Receipt) -> Appended:
        self._meet("append")
        return await self._journal.append(receipt)

    async def ready(self, stage: Stage, organization: OrganizationId, traffic: Traffic | None = None) -> None:
        await self._journal.ready(stage, organization, traffic)

    async def claim(
        self, stage: Stage, organization: OrganizationId, limit: int, traffic: Traffic | None = None
    ) -> Sequence[Entry]:
        self._meet("claim")
        return await self._journal.claim(stage, organization, limit, traffic)

    async def settle(self, settlements: Sequence[Settlement]) -> None:
        self._meet("settle")
        await self._journal.settle(settlements)

    async def probe(self) -> None:
        self._meet("probe")
        await self._journal.probe()

    async def tally(self) -> Sequence[Tally]:
        self._meet("tally")
        return await self._journal.tally()

    def _meet(self, method: str) -> None:
        if self.troubles[method] > 0:
            self.troubles[method] -= 1
            raise JournalUnavailableError("the journal could not be written: disk full")


async def counts(journal: Journal) -> dict[str, int]:
    """Count receipts by state, with the reason where there is one: `parked/no_user` for example."""
    tallies = await journal.tally()
    return {f"{each.state}/{each.reason}".rstrip("/"): each.count for each in tallies if each.count}
