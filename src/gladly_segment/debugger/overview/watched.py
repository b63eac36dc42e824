"""What the overview is given to show, beside the history."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.noticed import Noticed
from gladly_segment.core.records import Tally, Waiting


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """An organization that is served just now.

    `share` (0 to 1) is how much of Gladly's rate is ours; `heard_at` is when its last webhook came.
    """

    name: OrganizationId
    paused: bool
    share: float = 1.0
    heard_at: datetime | None = None
    noticed: Noticed = Noticed()


class JournalNow(msgspec.Struct, frozen=True, kw_only=True):
    """The journal at this moment: what it holds, and how much room there is. Sizes are bytes."""

    tallies: Sequence[Tally]
    waiting: Sequence[Waiting]
    size_bytes: int
    max_bytes: int
    disk_free_bytes: int | None = None


class Watched(Protocol):
    """The running service. Every method raises JournalUnavailableError."""

    async def organizations(self) -> Sequence[Served]:
        """Give all that are known just now, in any order."""
        ...

    async def journal(self) -> JournalNow:
        """Look at the journal; cheap at any size."""
        ...
