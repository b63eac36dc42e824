"""The backfills of a data directory, for the service itself, and for commands beside it or without one."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from gladly_segment.config import Settings
from gladly_segment.core.errors import InputError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Organization
from gladly_segment.journals.sqlite.inspector import SqliteInspector
from gladly_segment.ports.clock import Clock
from gladly_segment.service.clock import SystemClock
from gladly_segment.service.known import who_is_known
from gladly_segment.spool import SqliteBackfills

__all__ = ["SqliteBackfills", "backfilling", "the_organization"]


@asynccontextmanager
async def backfilling(data_dir: Path, clock: Clock | None = None) -> AsyncGenerator[SqliteBackfills]:
    """Have the backfills at hand while the block lasts. Their file is made by the first order."""
    backfills = SqliteBackfills(data_dir, clock or SystemClock())
    try:
        yield backfills
    finally:
        await backfills.close()


async def the_organization(settings: Settings, named: str | None) -> Organization:
    """Give the organization that is named, or the only one. Raises InputError where there is no such one."""
    known = await who_is_known(settings, SqliteInspector(settings.data_dir, SystemClock()))
    names = ", ".join(sorted(known.organizations))
    if named is not None:
        if (found := known.organizations.get(OrganizationId(named))) is not None:
            return found
        raise InputError(f"there is no organization {named}", hint=_there_are(names))
    if len(known.organizations) == 1:
        return next(iter(known.organizations.values()))
    if known.organizations:
        raise InputError("there are several organizations", hint=f"name one with --organization: {names}")
    raise InputError("there is no organization yet", hint="begin with: gladly-segment connect")


def _there_are(names: str) -> str:
    return f"there are: {names}" if names else "begin with: gladly-segment connect"
