"""A look at a journal from outside, without changing anything of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import State
from gladly_segment.core.records import Tally, Waiting


class Trouble(msgspec.Struct, frozen=True):
    """What so many waiting receipts of an organization and state met last."""

    organization: OrganizationId
    state: State
    detail: str
    receipts: int


class Pulse(msgspec.Struct, frozen=True):
    """When an organization's events came: the last one, and the hours since 1970 in which any came, ascending.

    Hours are those that tell a rhythm (`core/rhythm.py`), by the moment at which events ended; what a backfill brings
    in is no part of it.
    """

    organization: OrganizationId
    last_at: datetime | None
    busy_hours: tuple[int, ...]


class JournalView(msgspec.Struct, frozen=True, kw_only=True):
    """A journal at one moment. `bytes_per_day` is how fast it lately grew, None where that cannot be told."""

    size_bytes: int
    used_bytes: int
    bytes_per_day: float | None
    tallies: Sequence[Tally]
    waiting: Sequence[Waiting]
    troubles: Sequence[Trouble]
    pulses: Sequence[Pulse]


class Inspector(Protocol):
    """Works beside a running service, or without one, on a journal that may be damaged, or not there at all."""

    def exists(self) -> bool:
        """Tell whether there is a journal. Does not block."""
        ...

    def in_use(self) -> bool:
        """Tell whether a service works on the directory. Does not block. Raises JournalUnavailableError."""
        ...

    async def look(self, within_s: float) -> JournalView:
        """Read it. Raises JournalUnavailableError, also when it takes too long, or JournalVersionError."""
        ...

    async def verify(self, within_s: float) -> bool:
        """Compare its structure; tell whether there was time for all of it. Raises what `Upkeep.verify` raises."""
        ...
