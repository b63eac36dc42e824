"""How everything stands now: `/status.json`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from gladly_segment import __version__
from gladly_segment.core.feed_signals import DisabledBy
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.noticed import THROTTLED_KEPT, Noticed
from gladly_segment.core.records import Waiting
from gladly_segment.core.situation import FeedSeen, FeedState, Held, Rate
from gladly_segment.debugger.overview.figures import FIGURES, NOTHING, by_organization
from gladly_segment.debugger.overview.watched import JournalNow, Served
from gladly_segment.ports.history import Progress


class Standing(StrEnum):
    """How an organization stands."""

    ACTIVE = "active"
    PAUSED = "paused"
    REMOVED = "removed"
    """Known no more; its events are still in the journal."""


class FeedStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The webhook at Gladly. `state` is None until it was looked at; `unguarded` says why that cannot be done, if so.

    `since` is when it was disabled, or when the last event came before a silence; `heard_at` when a webhook came last.
    """

    state: FeedState | None = None
    disabled_by: DisabledBy | None = None
    since: datetime | None = None
    unguarded: str = ""
    heard_at: datetime | None = None

    @property
    def is_well(self) -> bool:
        """Gladly sends, and it is watched."""
        return self.state is FeedState.ENABLED and not self.unguarded

    @property
    def is_troubled(self) -> bool:
        """Somebody is needed."""
        return bool(self.unguarded) or self.state not in (None, FeedState.ENABLED)


class OrganizationStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One organization with its numbers, which are those of `FIGURES` and count what the journal holds.

    `rate` is of Gladly's last answer, at `asked_at`; `throttled` counts its answers 429 of the last hour. Up to
    `complete_until` everything is in Segment, or suppressed with a reason; up to `certified_until` that was looked at.
    """

    name: OrganizationId
    standing: Standing
    received: int
    delivered: int
    suppressed: int
    ignored: int
    parked: int
    dropped: int
    waiting: int
    waiting_since: datetime | None = None
    feed: FeedStatus = FeedStatus()
    held: tuple[Held, ...] = ()
    rate: Rate | None = None
    asked_at: datetime | None = None
    throttled: int = 0
    complete_until: datetime | None = None
    certified_until: datetime | None = None


class JournalStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The room that the journal takes, may take, and finds on its disk."""

    size_bytes: int
    max_bytes: int
    disk_free_bytes: int | None = None


class ServiceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The service at `now`; `meanings` tells what each number counts. `history` is None while it cannot be read."""

    version: str = __version__
    now: datetime
    organizations: tuple[OrganizationStatus, ...]
    journal: JournalStatus
    history: Progress | None = None
    meanings: Mapping[str, str]


def status(
    now: datetime,
    served: Sequence[Served],
    journal: JournalNow,
    history: Progress | None,
) -> ServiceStatus:
    """Put together what is known, by organization in the order of their names."""
    figures, known = by_organization(journal.tallies), {each.name: each for each in served}
    return ServiceStatus(
        now=now,
        organizations=tuple(
            _organization(
                name,
                known.get(name),
                figures.get(name, NOTHING),
                [each for each in journal.waiting if each.organization == name],
                now,
            )
            for name in sorted(figures.keys() | known.keys())
        ),
        journal=JournalStatus(
            size_bytes=journal.size_bytes, max_bytes=journal.max_bytes, disk_free_bytes=journal.disk_free_bytes
        ),
        history=history,
        meanings={figure.name: figure.meaning for figure in FIGURES},
    )


def _organization(
    name: OrganizationId,
    served: Served | None,
    figures: Mapping[str, int],
    waiting: Sequence[Waiting],
    now: datetime,
) -> OrganizationStatus:
    noticed = served.noticed if served else Noticed()
    return OrganizationStatus(
        name=name,
        standing=_standing(served),
        waiting_since=min((each.since for each in waiting), default=None),
        feed=_feed(noticed, served.heard_at if served else None),
        held=noticed.held,
        rate=_rate(noticed, served.share) if served else None,
        asked_at=noticed.asked_at,
        throttled=noticed.throttled_since(now - THROTTLED_KEPT),
        complete_until=noticed.complete_until,
        certified_until=noticed.certified_until,
        **figures,
    )


def _standing(served: Served | None) -> Standing:
    if served is None:
        return Standing.REMOVED
    return Standing.PAUSED if served.paused else Standing.ACTIVE


def _feed(noticed: Noticed, heard_at: datetime | None) -> FeedStatus:
    feed = noticed.feed or FeedSeen(FeedState.ENABLED)
    return FeedStatus(
        state=noticed.feed.state if noticed.feed else None,
        disabled_by=noticed.disabled_by,
        since=feed.since,
        unguarded=noticed.unguarded,
        heard_at=heard_at,
    )


def _rate(noticed: Noticed, share: float) -> Rate | None:
    if noticed.limit_per_s is None:
        return None
    return Rate(max(1, int(noticed.limit_per_s * share)), noticed.limit_per_s, noticed.left)
