"""Live traffic at an even pace, while something else goes on."""

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from gladly_segment.sandbox.shop.customers import customer
from gladly_segment.sandbox.shop.gladly_control import GladlyControl

CUSTOMERS = 50
_FIRST_CUSTOMER = 9_000_000
_TICK_S = 0.02
_OPEN_S = (0.2, 2.0)
_EVERY_OLD = 20


class Live:
    """Conversations of customers of their own open and close; now and then one of the past (`old`) is closed instead.

    What is open when it ends is closed before it has ended.
    """

    def __init__(self, gladly: GladlyControl, *, per_s: float, seed: int, old: Sequence[str] = ()) -> None:
        self._gladly = gladly
        self._per_s = per_s
        self._draws = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._old = list(old)
        self._customers: list[str] = []
        self._ending = asyncio.Event()
        self.closed: list[str] = []
        """Conversations of the past that were closed."""

    @asynccontextmanager
    async def playing(self) -> AsyncGenerator[None]:
        """Play while the block lasts."""
        self._customers = [
            await self._gladly.create_customer(customer(_FIRST_CUSTOMER + number)) for number in range(CUSTOMERS)
        ]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._play())
            try:
                yield
            finally:
                self._ending.set()

    async def _play(self) -> None:
        loop = asyncio.get_running_loop()
        began, begun = loop.time(), 0
        async with asyncio.TaskGroup() as tasks:
            while not self._ending.is_set():
                due = int((loop.time() - began) * self._per_s)
                for number in range(begun, due):
                    is_old = number % _EVERY_OLD == 0 and self._old
                    tasks.create_task(self._close_old(self._old.pop()) if is_old else self._conversation())
                begun = due
                await asyncio.sleep(_TICK_S)

    async def _conversation(self) -> None:
        conversation = await self._gladly.open(self._draws.choice(self._customers))
        await asyncio.sleep(self._draws.uniform(*_OPEN_S))
        await self._gladly.set_status(conversation, "CLOSED")

    async def _close_old(self, conversation: str) -> None:
        self.closed.append(conversation)
        await self._gladly.set_status(conversation, "CLOSED")
