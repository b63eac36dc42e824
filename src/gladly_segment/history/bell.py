"""Who waits for changes of the history, and who tells of them."""

import asyncio
from contextlib import suppress

from gladly_segment.core.signals import ReceiptAppended, ReceiptSettled, Signal


class Bell:
    """Wakes whoever waits. Rung on the event loop."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake all who wait now. Does not block."""
        rung, self._rung = self._rung, asyncio.Event()
        rung.set()

    async def wait(self, at_most_s: float) -> None:
        """Wait until it rings, or for so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):
                await self._rung.wait()


class JournalBell:
    """An observer that notes that the journal changed, and nothing else: several changes are as one."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def emit(self, signal: Signal) -> None:
        """See the observer port."""
        if isinstance(signal, ReceiptAppended | ReceiptSettled):
            self._changed.set()

    async def changed(self, at_most_s: float) -> None:
        """Wait until the journal has changed since the last time, or for so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):
                await self._changed.wait()
        self._changed.clear()
