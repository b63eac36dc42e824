"""What the overview shows of the running service."""

import asyncio
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Organization
from gladly_segment.debugger.overview import JournalNow, Served
from gladly_segment.journals.sqlite import SqliteJournal
from gladly_segment.observe import Noticing
from gladly_segment.service.fleet import Fleet

_MOST_ASKED_FOR: Final = 50
_GB: Final = 1_000_000_000


class OverviewRoom:
    """The overview's port on the journal, the fleet and what was noticed of it."""

    def __init__(self, journal: SqliteJournal, fleet: Fleet, noticing: Noticing, data_dir: Path, max_gb: float) -> None:
        self._journal = journal
        self._fleet = fleet
        self._noticing = noticing
        self._data_dir = data_dir
        self._max_bytes = int(max_gb * _GB)
        self._heard_before: dict[OrganizationId, datetime | None] = {}

    async def organizations(self) -> Sequence[Served]:
        """See the port."""
        return [await self._served(each) for each in self._fleet.organizations]

    async def journal(self) -> JournalNow:
        """See the port."""
        tallies, waiting, size_bytes, free_bytes = await asyncio.gather(
            self._journal.tally(),
            self._journal.waiting(),
            self._journal.size_bytes(),
            asyncio.to_thread(free_bytes_at, self._data_dir),
        )
        return JournalNow(
            tallies=tallies,
            waiting=waiting,
            size_bytes=size_bytes,
            max_bytes=self._max_bytes,
            disk_free_bytes=free_bytes,
        )

    async def _served(self, organization: Organization) -> Served:
        noticed = self._noticing.of(organization.name)
        return Served(
            name=organization.name,
            paused=organization.paused,
            share=organization.gladly.share,
            heard_at=noticed.heard_at or await self._heard_before_start(organization.name),
            noticed=noticed,
        )

    async def _heard_before_start(self, name: OrganizationId) -> datetime | None:
        # Asked for once: what came since would have been noticed. Not of very many, which would keep the journal busy.
        if len(self._fleet.organizations) > _MOST_ASKED_FOR:
            return None
        if name not in self._heard_before:
            self._heard_before[name] = (await self._journal.pulses.pulse(name)).last_at
        return self._heard_before[name]


def free_bytes_at(directory: Path) -> int | None:
    """Tell how much room a directory's disk has, None where that cannot be told. Blocks."""
    try:
        return shutil.disk_usage(directory).free
    except OSError:
        return None
