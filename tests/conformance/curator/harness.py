"""What a driver of the curator brings along to be put through the suite."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import msgspec

from gladly_segment.ports.curator import Curator
from gladly_segment.ports.journal import Journal
from tests.support.clock import ManualClock


class Harness(Protocol):
    """A journal that a service works on, and a person beside it. Both read `clock`; `close` ends them."""

    @property
    def clock(self) -> ManualClock: ...

    async def open(self) -> Journal:
        """Open the journal as the service does."""
        ...

    async def open_curator(self) -> Curator:
        """Open it as a person does, whether or not the service works on it."""
        ...

    def cut_short(self, after: int) -> AbstractContextManager[None]:
        """Let changes become impossible once so many receipts were changed."""
        ...

    async def forget_content(self) -> None:
        """Let the content of all that ended be forgotten, and nothing else."""
        ...

    async def close(self) -> None: ...


class Driver(msgspec.Struct, frozen=True, kw_only=True):
    """A driver of the curator port. `harness` gets an empty directory."""

    name: str
    harness: Callable[[Path], Harness]
