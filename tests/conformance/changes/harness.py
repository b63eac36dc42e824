"""What a driver of the change log and of reading beside the journal brings along to be put through the suite."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from gladly_segment.core.ids import CustomerId
from gladly_segment.ports.curator import Curator
from gladly_segment.ports.journal import Journal
from gladly_segment.ports.receipts import Changes, Receipts
from tests.support.clock import ManualClock


class Harness(Protocol):
    """A journal that a service works on, what reads it, and what happens to it beside the stages."""

    @property
    def clock(self) -> ManualClock: ...

    async def open(self) -> tuple[Journal, Changes, Receipts]:
        """Open the journal as the service does; after the first time, open it again."""
        ...

    async def curator(self) -> Curator:
        """Open it as a person does."""
        ...

    async def erase(self, customer: CustomerId) -> None:
        """Erase a customer of the shop."""
        ...

    async def forget(self, *, content_only: bool) -> None:
        """Let everything that ended be forgotten, or its content alone."""
        ...

    async def hold_the_writer(self) -> None:
        """Keep whatever writes to the journal waiting until the harness is closed."""
        ...

    async def close(self) -> None: ...


class Driver(msgspec.Struct, frozen=True, kw_only=True):
    """A driver of the ports. `harness` gets an empty directory."""

    name: str
    harness: Callable[[Path], Harness]
