"""The judgement of a run of the past: the audit's, and what a backfill owes to Gladly and to live events."""

from collections.abc import Mapping

import msgspec

from gladly_segment.sandbox.audit import AuditReport
from tests.system.past.calls import Calls
from tests.system.past.feel import Feel
from tests.system.past.traffic import Use

LEAST_USE = 0.95
MOST_RATIO = 1.2
MOST_AGAIN = 200
"""Requests a kill or stop may cost: what was in hand then."""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What a run came to."""

    report: AuditReport
    throttled: int
    interruptions: int
    """Kills and stops."""
    repeated: Mapping[str, int]
    calls: Calls
    use: Use | None = None
    """None: the run is too short for figures."""
    feel: Feel | None = None

    @property
    def wrongs(self) -> dict[str, int]:
        """The numbers that must be zero."""
        report = self.report
        return {
            "lost": len(report.lost) + len(report.not_delivered),
            "doubled": len(report.doubled),
            "out of order": len(report.out_of_order),
            "unfaithful": len(report.unfaithful) + len(report.dropped),
            "unexplained": len(report.unexplained),
            "answers 429": self.throttled,
            "asked for twice": sum(self.repeated.values()),
            "asked for needlessly": self.calls.needless,
        }

    @property
    def missed(self) -> dict[str, str]:
        """The bounds that are not kept, each with the figure."""
        found: dict[str, str] = {}
        if self.use is not None and self.use.share < LEAST_USE:
            found["rate used"] = f"{self.use.share:.3f} < {LEAST_USE}"
        if self.feel is not None and self.feel.ratio > MOST_RATIO:
            found["live p99, beside / alone"] = f"{self.feel.ratio:.2f} > {MOST_RATIO}"
        if self.calls.again > (most := MOST_AGAIN * self.interruptions):
            found["asked again"] = f"{self.calls.again} > {most}"
        return found

    @property
    def ok(self) -> bool:
        """Nothing is wrong and no bound is missed."""
        return not any(self.wrongs.values()) and not self.missed
