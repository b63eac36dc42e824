"""What the dead letters' screen is given to show and to move."""

from collections.abc import Sequence
from typing import Protocol

from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.records import History, Selection
from gladly_segment.ports.curator import DeadGroup
from gladly_segment.ports.registry import Action


class DeadLetters(Protocol):
    """The dead letters of a service, and who moved them. Every method raises JournalUnavailableError."""

    async def groups(self, organization: OrganizationId | None) -> Sequence[DeadGroup]:
        """Give all groups (see `Curator.dead`)."""
        ...

    async def letters(self, selection: Selection, limit: int, after: Seq) -> Sequence[History]:
        """Give the first ones behind a place in the log (see `Curator.find`)."""
        ...

    async def retry(self, selection: Selection, by: str) -> int:
        """Send dead letters on their way again, and note who did it; tell how many."""
        ...

    async def drop(self, selection: Selection, by: str) -> int:
        """Give dead letters up for good, and note who did it; tell how many."""
        ...

    async def actions(self, organization: OrganizationId | None, limit: int) -> Sequence[Action]:
        """Give the latest of the audit trail, newest first."""
        ...
