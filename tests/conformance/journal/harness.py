"""What a driver of the journal brings along to be put through the suite."""

from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import msgspec

from gladly_segment.core.ids import CustomerId
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.journal import Journal
from tests.support.clock import ManualClock


class Harness(Protocol):
    """One journal and the world around it. Opened journals read `clock`; `close` ends them all."""

    @property
    def clock(self) -> ManualClock: ...

    @property
    def location(self) -> str:
        """Where the journal is, for a driver's `open_at`."""
        ...

    async def open(self) -> Journal:
        """Open the journal."""
        ...

    async def crash_and_reopen(self) -> Journal:
        """Throw away all that the opened journal holds in memory, without closing it, and open what is durable."""
        ...

    def failing_storage(self) -> AbstractContextManager[None]:
        """Let nothing be made durable for a while."""
        ...

    async def erase(self, customer: CustomerId) -> None:
        """Erase a customer of the shop as a person does, beside what is open."""
        ...

    async def forget(self) -> None:
        """Let everything be forgotten that ended, as time passes."""
        ...

    async def close(self) -> None: ...


class Traits(msgspec.Struct, frozen=True, kw_only=True):
    """What a driver can be put through; cases that need more than it has are left out for it."""

    storage_can_fail: bool
    opens_in_other_processes: bool


class Driver(msgspec.Struct, frozen=True, kw_only=True):
    """A driver of the journal port. `harness` gets an empty directory; `open_at` is for other processes."""

    name: str
    traits: Traits
    harness: Callable[[Path], Harness]
    open_at: Callable[[str, Clock], Coroutine[Any, Any, Journal]]
