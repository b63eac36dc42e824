"""What the admin listener is given to show and to move: it knows neither the journal nor the pipelines."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from gladly_segment.core.ids import OrganizationId


class Shown(msgspec.Struct, frozen=True):
    """An organization as far as it is shown."""

    name: OrganizationId
    paused: bool


class Watched(Protocol):
    """The running service. Every asynchronous method may raise JournalUnavailableError."""

    def organizations(self) -> Sequence[Shown]:
        """Give all that are known just now, in any order. Does not block."""
        ...

    async def metrics(self) -> tuple[bytes, str]:
        """Give the exposition and its content type."""
        ...

    async def probe(self) -> None:
        """Return when webhooks can be made durable."""
        ...

    async def pause(self, name: OrganizationId, *, paused: bool, by: str) -> None:
        """Let an organization stand still, or go on, and note who wished it; return once that is durable."""
        ...
