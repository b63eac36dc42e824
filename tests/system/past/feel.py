"""How long live events took from Gladly's webhook to Segment, alone and beside a backfill. Pure."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from gladly_segment.sandbox.audit import GladlyBooks, SegmentBooks
from gladly_segment.sandbox.audit.facts import Facts
from gladly_segment.sandbox.audit.matching import EVENT_NAMES
from tests.system.past.traffic import Stretch

SETTLED_AFTER = timedelta(seconds=5)
"""A service that starts meets what Gladly retries, with a backfill and without one."""

WORST = 0.99


class Felt(msgspec.Struct, frozen=True):
    """One live event: when its acknowledged delivery began, and the milliseconds from there to Segment."""

    at: datetime
    ms: float


class Feel(msgspec.Struct, frozen=True, kw_only=True):
    """Live events of one run, those near a kill left out of both."""

    alone: Sequence[float]
    beside: Sequence[float]

    @property
    def ratio(self) -> float:
        """How much longer the slowest hundredth took beside the backfill; without figures nothing is shown."""
        if not self.alone or not self.beside:
            return math.inf
        return at_share(self.beside, WORST) / at_share(self.alone, WORST)


def felt(gladly: GladlyBooks, segment: SegmentBooks) -> list[Felt]:
    """Give the latency of each occurrence whose conversation had only one of its kind."""
    facts = Facts(gladly)
    arrived = {
        (str(each.properties.get("conversationId")), str(each.event.get("event"))): each.received_at
        for each in segment.stored
    }
    found: dict[tuple[str, str], list[Felt]] = {}
    for occurrence in gladly.occurrences:
        handover = facts.handover(occurrence)
        subject = occurrence.conversation_id, EVENT_NAMES[occurrence.kind]
        if handover is not None and subject in arrived:
            took = (arrived[subject] - handover.started_at).total_seconds() * 1000
            found.setdefault(subject, []).append(Felt(handover.started_at, took))
    return [only for several in found.values() if len(several) == 1 for only in several]


def feel(
    events: Sequence[Felt], *, alone: Sequence[Stretch], beside: Sequence[Stretch], kills: Sequence[Stretch]
) -> Feel:
    """Part the live events by what went on beside them. A kill lasts until the service is there again."""
    quiet = [each for each in events if not any(_disturbs(kill, each.at) for kill in kills)]
    return Feel(
        alone=sorted(each.ms for each in quiet if _within(each.at, alone)),
        beside=sorted(each.ms for each in quiet if _within(each.at, beside)),
    )


def at_share(ordered: Sequence[float], share: float) -> float:
    """Give the value that a share (0 to 1) of them do not exceed."""
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


def _disturbs(kill: Stretch, at: datetime) -> bool:
    # What was being delivered at the kill comes again later.
    return kill.began - SETTLED_AFTER <= at <= kill.ended + SETTLED_AFTER


def _within(at: datetime, stretches: Sequence[Stretch]) -> bool:
    return any(each.began <= at <= each.ended for each in stretches)
