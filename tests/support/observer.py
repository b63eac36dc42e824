"""An observer that keeps what it is told."""

import asyncio
from typing import TypeVar

from gladly_segment.core.signals import Signal

S = TypeVar("S")


class RecordingObserver:
    """The observer port: keeps every signal, in order."""

    def __init__(self) -> None:
        self.signals: list[Signal] = []
        self._told = asyncio.Event()

    def emit(self, signal: Signal) -> None:
        self.signals.append(signal)
        self._told.set()

    def of(self, kind: type[S]) -> list[S]:
        """Give the signals of one kind so far."""
        return [signal for signal in self.signals if isinstance(signal, kind)]

    async def told(self, kind: type[S], count: int = 1) -> list[S]:
        """Wait until so many signals of a kind have come, and give them."""
        async with asyncio.timeout(30):
            while len(told := self.of(kind)) < count:
                self._told.clear()
                await self._told.wait()
        return told
