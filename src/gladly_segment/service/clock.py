"""The clock of the machine."""

import asyncio
import time
from datetime import UTC, datetime


class SystemClock:
    """The clock port on the machine's own clocks."""

    def now(self) -> datetime:
        """See the port."""
        return datetime.now(UTC)  # noqa: TID251 - the one place where the time comes in

    def monotonic(self) -> float:
        """See the port."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """See the port."""
        if seconds > 0:
            await asyncio.sleep(seconds)
