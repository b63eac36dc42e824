"""Keeping a journal small and sound."""

from datetime import datetime
from typing import Protocol


class Upkeep(Protocol):
    """Called by the service's janitor, beside the stages and never in their way."""

    async def forget(self, *, ended_before: datetime, dead_before: datetime) -> int:
        """Delete a portion of what ended before a moment, and of dead letters from before another; tell how many.

        Unsettled receipts are never deleted. 0 means that there is no more. Raises JournalUnavailableError.
        """
        ...

    async def size_bytes(self) -> int:
        """Tell how much room the journal takes."""
        ...

    async def verify(self) -> None:
        """Read everything and compare it. Raises JournalDamagedError naming what does not fit; may take minutes."""
        ...
