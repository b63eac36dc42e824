"""What arrived behind Segment, while the service runs: kept, and forgotten as time passes."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from gladly_segment.core.errors import MirrorUnavailableError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.mirror_signals import MirrorTrouble
from gladly_segment.core.organization import Retention
from gladly_segment.mirrors import SqliteArrivals
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.mirrors import Arrivals
from gladly_segment.ports.observer import Observer
from gladly_segment.service.dismissal import dismiss

_EVERY_S: Final = 60.0
_BETWEEN_PORTIONS_S: Final = 0.05


@asynccontextmanager
async def keeping_arrivals(
    data_dir: Path,
    retentions: Callable[[], Mapping[OrganizationId, Retention]],
    default: Retention,
    clock: Clock,
    observer: Observer,
) -> AsyncGenerator[Arrivals]:
    """Keep what arrives while the block lasts, each message for as long as its event since that ended."""
    arrivals = SqliteArrivals(data_dir, clock)
    forgetting = asyncio.create_task(_forget(arrivals, retentions, default, clock, observer))
    try:
        yield arrivals
    finally:
        await dismiss([forgetting])
        await arrivals.close()


async def _forget(
    arrivals: Arrivals,
    retentions: Callable[[], Mapping[OrganizationId, Retention]],
    default: Retention,
    clock: Clock,
    observer: Observer,
) -> None:
    while True:
        try:
            for organization in await arrivals.organizations():
                kept = retentions().get(organization, default).ended
                while await arrivals.forget(organization, clock.now() - kept):
                    await clock.sleep(_BETWEEN_PORTIONS_S)
        except MirrorUnavailableError as error:
            observer.emit(MirrorTrouble(error.message))
        await clock.sleep(_EVERY_S)
