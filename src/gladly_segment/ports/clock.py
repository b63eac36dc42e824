"""Time as an argument."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Called by stages and adapters wherever the time matters, so that tests can move it."""

    def now(self) -> datetime:
        """Give the wall-clock time in UTC. Does not block."""
        ...

    def monotonic(self) -> float:
        """Give seconds that never go back, for intervals. Does not block."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds, at once when there are none."""
        ...
