"""The overview's port, with whatever a test makes of it; in step with the door's."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from gladly_segment.admin import Shown
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import State
from gladly_segment.core.noticed import Noticed
from gladly_segment.core.records import Tally, Waiting
from gladly_segment.core.situation import FeedSeen, FeedState
from gladly_segment.debugger.overview import JournalNow, Served
from tests.support.desk import OTHER_SHOP, SHOP, WatchedService
from tests.support.history import HistoryOnAList, event

NOTHING_NOTICED = Noticed()


class WatchedOverview:
    """Shows the organizations of the service at the door."""

    def __init__(self, service: WatchedService) -> None:
        self.service = service
        self.noticed: dict[OrganizationId, Noticed] = {}
        self.heard: dict[OrganizationId, datetime] = {}
        self.now = JournalNow(
            tallies=[
                Tally(SHOP, State.DELIVERED, "", 7, 9),
                Tally(SHOP, State.PARKED, "no_user", 2, 2),
                Tally(SHOP, State.READY, "", 1, 10),
            ],
            waiting=[],
            size_bytes=5_000_000,
            max_bytes=50_000_000_000,
            disk_free_bytes=60_000_000_000,
        )

    def holds(self, tallies: Sequence[Tally], waiting: Sequence[Waiting] = ()) -> None:
        """Let the journal hold something else."""
        self.now = msgspec.structs.replace(self.now, tallies=tallies, waiting=waiting)

    async def organizations(self) -> Sequence[Served]:
        return [
            Served(
                name=each.name,
                paused=each.paused,
                share=0.8,
                heard_at=self.heard.get(each.name),
                noticed=self.noticed.get(each.name, NOTHING_NOTICED),
            )
            for each in self.service.organizations()
        ]

    async def journal(self) -> JournalNow:
        await self.service.probe()
        return self.now


def fill_with_a_day(watched: WatchedOverview, history: HistoryOnAList, now: datetime) -> None:
    """Let two shops have had a day with little traffic at night and a slow hour, and a little waiting now."""
    draw = random.Random(7)  # noqa: S311 - must be repeatable, not secret
    counted = Counter[tuple[OrganizationId, State]]()
    for seq in range(1, 1_501):
        name, ago_s = draw.choice((SHOP, SHOP, OTHER_SHOP)), draw.uniform(1, 86_000)
        slow = 20_000 < ago_s < 23_600
        if 40_000 < ago_s < 65_000 and draw.random() < 0.8:
            continue
        state = draw.choices(list(State), (3 * (ago_s < 600), ago_s < 600, 60, 3, 20, 2 * slow + 0.1, 0.2))[0]
        latency_ms = int(draw.lognormvariate(6, 0.5) * (20 if slow else 1)) if state is State.DELIVERED else None
        received_at = now - timedelta(seconds=ago_s)
        history.put(event(seq, organization=name, state=state, received_at=received_at, latency_ms=latency_ms))
        counted[name, state] += 1
    watched.holds(
        [Tally(name, state, "", number, number) for (name, state), number in counted.items()],
        [Waiting(SHOP, State.RECEIVED, now - timedelta(minutes=7))],
    )
    watched.service.shown = [Shown(SHOP, paused=False), Shown(OTHER_SHOP, paused=False)]
    for name, left in ((SHOP, 4), (OTHER_SHOP, 7)):
        watched.heard[name] = now - timedelta(seconds=9)
        watched.noticed[name] = Noticed(
            feed=FeedSeen(FeedState.ENABLED),
            limit_per_s=10,
            left=left,
            asked_at=now - timedelta(seconds=3),
            complete_until=now - timedelta(hours=1),
            certified_until=now - timedelta(hours=1),
        )
