"""A destination that answers as told and keeps what it was sent."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeAlias

import msgspec

from gladly_segment.core.failures import Failure
from gladly_segment.ports.destination import Accepted


class Sent(msgspec.Struct, frozen=True):
    """One attempt at one batch; `outcome` is what became of it."""

    payloads: tuple[bytes, ...]
    attempt: int
    outcome: Accepted | Failure


Answer: TypeAlias = Callable[[Sequence[bytes]], Accepted | Failure]


def accept(_payloads: Sequence[bytes]) -> Accepted:
    """Take everything."""
    return Accepted(200, 0.0)


class ScriptedDestination:
    """The destination port: `answer` decides on each batch; batches wait while `answering` is not set."""

    def __init__(self, answer: Answer = accept) -> None:
        self.answer: Answer = answer
        self.answering = asyncio.Event()
        self.answering.set()
        self.sent: list[Sent] = []
        self.in_flight = 0
        self._changed = asyncio.Event()

    @property
    def accepted(self) -> list[bytes]:
        """Payloads in the order of their acceptance, repeats included."""
        taken = [each for each in self.sent if isinstance(each.outcome, Accepted)]
        return [payload for each in taken for payload in each.payloads]

    async def send(self, payloads: Sequence[bytes], *, attempt: int) -> Accepted | Failure:
        self.in_flight += 1
        self._changed.set()
        try:
            await self.answering.wait()
        finally:
            self.in_flight -= 1
        outcome = self.answer(payloads)
        self.sent.append(Sent(tuple(payloads), attempt, outcome))
        self._changed.set()
        return outcome

    async def busy(self, batches: int = 1) -> None:
        """Wait until so many batches are under way."""
        await self._until(lambda: self.in_flight >= batches)

    async def answered(self, batches: int = 1) -> None:
        """Wait until so many batches have been answered."""
        await self._until(lambda: len(self.sent) >= batches)

    async def _until(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not reached():
                self._changed.clear()
                await self._changed.wait()
