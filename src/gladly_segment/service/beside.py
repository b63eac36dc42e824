"""What a person does with the journal beside a running service, or without one."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from gladly_segment.journals.sqlite import back_up, open_curator, restore
from gladly_segment.ports.curator import Curator
from gladly_segment.service.clock import SystemClock

__all__ = ["back_up", "curating", "restore"]


@asynccontextmanager
async def curating(data_dir: Path) -> AsyncGenerator[Curator]:
    """Open the curator of a journal, and close it afterwards. Raises InputError where there is no journal."""
    curator = await open_curator(data_dir, SystemClock())
    try:
        yield curator
    finally:
        await curator.close()
