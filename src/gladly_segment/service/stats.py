"""What the overview shows, read beside a running service or without one: what lives in its memory is not there."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from gladly_segment.config import Settings
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.noticed import Noticed
from gladly_segment.core.situation import FeedSeen, FeedState
from gladly_segment.debugger.overview import JournalNow, Served
from gladly_segment.journals.sqlite import SqliteRegistry, open_registry
from gladly_segment.journals.sqlite.inspector import SqliteInspector
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.inspector import JournalView
from gladly_segment.ports.registry import Feed
from gladly_segment.service.screens.overview import free_bytes_at

_LOOK_WITHIN_S: Final = 10.0
_GB: Final = 1_000_000_000


async def look_beside(settings: Settings, clock: Clock) -> tuple[Sequence[Served], JournalNow]:
    """Look at the organizations and the journal of a data directory. Raises JournalUnavailableError."""
    view = await SqliteInspector(settings.data_dir, clock).look(_LOOK_WITHIN_S)
    async with open_registry(settings.data_dir) as registry:
        served = await _served(settings, registry, view)
    return served, await _journal(settings, view)


async def _served(settings: Settings, registry: SqliteRegistry, view: JournalView) -> Sequence[Served]:
    names = {OrganizationId(name) for name in settings.organizations}
    names |= {each.name for each in await registry.declared()}
    paused = await registry.paused()
    heard: dict[OrganizationId, datetime | None] = {each.organization: each.last_at for each in view.pulses}
    return [
        Served(
            name=name,
            paused=name in paused,
            heard_at=heard.get(name),
            noticed=_noted(await registry.feed(name)),
        )
        for name in names
    ]


async def _journal(settings: Settings, view: JournalView) -> JournalNow:
    free_bytes = await asyncio.to_thread(free_bytes_at, settings.data_dir)
    return JournalNow(
        tallies=view.tallies,
        waiting=view.waiting,
        size_bytes=view.size_bytes,
        max_bytes=int(settings.journal_max_gb * _GB),
        disk_free_bytes=free_bytes,
    )


def _noted(feed: Feed) -> Noticed:
    # That it is enabled is noted nowhere, but that it is not.
    since = feed.disabled_since
    return Noticed(feed=None if since is None else FeedSeen(FeedState.DISABLED, since))
