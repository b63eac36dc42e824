"""Requests that wait in a line for their places."""

import asyncio

from gladly_segment.gladly import Limiter, Rank
from tests.support.clock import ManualClock

PLACES = 10
"""Of a new limiter with a full share: Gladly's limit until it tells another (Gladly fact sheet, access)."""

SPARE = 2
"""Of these places the past leaves so many free."""

_STEPS_PER_S = 50

TURNS = 20
"""More turns of the event loop than any grant needs."""


async def settle() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


async def let_pass(clock: ManualClock, seconds: float) -> None:
    """Let time pass little by little, so that those who come at intervals do."""
    for _ in range(round(seconds * _STEPS_PER_S)):
        clock.advance(1 / _STEPS_PER_S)
        await settle()


class Line:
    """Requests that enter one after the other; `entered` names those that passed, in order."""

    def __init__(self, limiter: Limiter, method: str = "GET", *, rank: Rank = Rank.LIVE) -> None:
        self.limiter = limiter
        self.rank = rank
        self.entered: list[int] = []
        self.requests: list[asyncio.Task[None]] = []
        self._method = method

    async def join(self, requests: int) -> None:
        for _ in range(requests):
            self.requests.append(asyncio.create_task(self._enter(len(self.requests))))
        await settle()

    async def give_up(self, number: int) -> None:
        self.requests[number].cancel()
        await asyncio.gather(self.requests[number], return_exceptions=True)

    async def leave(self, limit: int | None = None, remaining: int | None = None) -> None:
        self.limiter.leave(self._method, limit=limit, remaining=remaining)
        await settle()

    async def _enter(self, number: int) -> None:
        await self.limiter.enter(self._method, self.rank)
        self.entered.append(number)
