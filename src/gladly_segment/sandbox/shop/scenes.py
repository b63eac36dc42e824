"""What goes wrong in a customer base: merges, vanished conversations, deletions, each timed to be told apart."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

from gladly_segment.sandbox.shop.arrivals import Arrivals
from gladly_segment.sandbox.shop.customers import customer
from gladly_segment.sandbox.shop.gladly_control import GladlyControl

ARRIVAL_TIMEOUT_S = 20.0
"""After that the scene goes on: the checker will name what did not arrive."""

FIRST_CUSTOMER = 1_000_000
"""Numbers of the scenes' own customers, apart from those of the day."""

Scene: TypeAlias = Callable[[], Awaitable[None]]


class Scenes:
    """Each scene plays with customers and conversations of its own."""

    CONVERSATIONS = 8
    """Opened by all scenes together."""

    def __init__(self, gladly: GladlyControl, arrivals: Arrivals) -> None:
        self._gladly = gladly
        self._arrivals = arrivals
        self._holding = asyncio.Lock()
        self._customers = FIRST_CUSTOMER

    def all(self) -> tuple[Scene, ...]:
        """Every scene, once."""
        return (
            self.merged_and_reopened,
            self.merged_twice_before_its_closing_arrives,
            self.both_open_when_merged,
            self.vanished_before_it_arrives,
            self.deleted_before_its_closing_arrives,
            self.deleted_when_all_has_arrived,
        )

    async def merged_and_reopened(self) -> None:
        """A closed conversation goes to the surviving customer, is reopened there and closed again."""
        source, target = await self._customer(), await self._customer()
        conversation = await self._gladly.open(source)
        await self._gladly.set_status(conversation, "CLOSED")
        await self._arrived(conversation, events=2)
        await self._gladly.merge(source, target)
        await self._gladly.set_status(conversation, "OPEN")
        await self._gladly.set_status(conversation, "CLOSED")

    async def merged_twice_before_its_closing_arrives(self) -> None:
        """The closing names a customer that has moved, and moved again."""
        first, second, third = await self._customer(), await self._customer(), await self._customer()
        conversation = await self._gladly.open(first)
        await self._arrived(conversation, events=1)
        async with self._deliveries_held():
            await self._gladly.set_status(conversation, "CLOSED")
            await self._gladly.merge(first, second)
            await self._gladly.merge(second, third)

    async def both_open_when_merged(self) -> None:
        """Of two open conversations one vanishes after its creation has been told."""
        source, target = await self._customer(), await self._customer()
        vanishing, staying = await self._gladly.open(source), await self._gladly.open(target)
        await self._arrived(vanishing, events=1)
        await self._gladly.merge(source, target)
        await self._gladly.set_status(staying, "CLOSED")

    async def vanished_before_it_arrives(self) -> None:
        """Of two open conversations one vanishes before its creation can be told."""
        source, target = await self._customer(), await self._customer()
        async with self._deliveries_held():
            await self._gladly.open(source)
            staying = await self._gladly.open(target)
            await self._gladly.merge(source, target)
        await self._arrived(staying, events=1)
        await self._gladly.set_status(staying, "CLOSED")

    async def deleted_before_its_closing_arrives(self) -> None:
        """The customer is gone when the closing is told."""
        gone = await self._customer()
        conversation = await self._gladly.open(gone)
        await self._arrived(conversation, events=1)
        async with self._deliveries_held():
            await self._gladly.set_status(conversation, "CLOSED")
            await self._gladly.delete_customer(gone)

    async def deleted_when_all_has_arrived(self) -> None:
        """The deletion comes too late to suppress anything."""
        gone = await self._customer()
        conversation = await self._gladly.open(gone)
        await self._gladly.set_status(conversation, "CLOSED")
        await self._arrived(conversation, events=2)
        await self._gladly.delete_customer(gone)

    async def _customer(self) -> str:
        self._customers += 1
        return await self._gladly.create_customer(customer(self._customers))

    async def _arrived(self, conversation_id: str, *, events: int) -> None:
        await self._arrivals.wait_for(conversation_id, events=events, timeout_s=ARRIVAL_TIMEOUT_S)

    @asynccontextmanager
    async def _deliveries_held(self) -> AsyncGenerator[None]:
        async with self._holding:
            await self._gladly.hold_deliveries(held=True)
            try:
                yield
            finally:
                await self._gladly.hold_deliveries(held=False)
