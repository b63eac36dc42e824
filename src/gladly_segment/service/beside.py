"""What a person does with the journal beside a running service, or without one."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

from gladly_segment.core.errors import JournalInUseError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import CLAIMED_BY
from gladly_segment.core.records import Selection
from gladly_segment.journals.sqlite import (
    SqliteRegistry,
    back_up,
    erase_again,
    open_curator,
    open_eraser,
    open_registry,
)
from gladly_segment.journals.sqlite.connect import FILE_NAME
from gladly_segment.journals.sqlite.lock import DirectoryLock
from gladly_segment.ports.curator import Curator
from gladly_segment.ports.eraser import Eraser
from gladly_segment.service.clock import SystemClock
from gladly_segment.service.history import clean_history, reading_history, rebuild_history, restore_journal

__all__ = [
    "FullRegistry",
    "back_up",
    "clean_history",
    "curating",
    "erase_again",
    "erasing",
    "has_journal",
    "has_unsettled",
    "is_served",
    "reading_history",
    "rebuild_history",
    "registering",
    "restore_journal",
]

FullRegistry: TypeAlias = SqliteRegistry
"""All ports of the registry together."""

registering = open_registry
"""Open the registry of a data directory, whether a service works on it or not; it is made where there is none."""


@asynccontextmanager
async def curating(data_dir: Path) -> AsyncGenerator[Curator]:
    """Open the curator of a journal, and close it afterwards. Raises InputError where there is no journal."""
    curator = await open_curator(data_dir, SystemClock())
    try:
        yield curator
    finally:
        await curator.close()


@asynccontextmanager
async def erasing(data_dir: Path) -> AsyncGenerator[Eraser]:
    """Open a journal for erasing, and close it afterwards. Raises InputError where there is no journal."""
    async with open_eraser(data_dir, SystemClock()) as eraser:
        yield eraser


def has_journal(data_dir: Path) -> bool:
    """Tell whether there is a journal in a data directory."""
    return (data_dir / FILE_NAME).exists()


def is_served(data_dir: Path) -> bool:
    """Tell whether a service works on a data directory just now."""
    if not data_dir.exists():
        return False
    try:
        DirectoryLock(data_dir).release()
    except JournalInUseError:
        return True
    return False


async def has_unsettled(curator: Curator, organization: OrganizationId) -> bool:
    """Tell whether anything of an organization still waits."""
    return bool(await curator.find(Selection(organization=organization, states=tuple(CLAIMED_BY)), 1))
