"""The numbers of backfills."""

from collections.abc import Callable
from typing import Final

from prometheus_client import Counter, Gauge

from gladly_segment.core.backfill_signals import (
    BackfillAdvanced,
    BackfillBegan,
    BackfillEnded,
    BackfillSignal,
    BackfillsUnusable,
    BackfillWaits,
)

_COUNTS: Final = ("found", "known", "left_out", "handed_over", "ended")


class BackfillMetrics:
    """Counts what backfills tell, by organization."""

    def __init__(self, counter: Callable[..., Counter], gauge: Callable[..., Gauge], organization: str) -> None:
        """`counter` and `gauge` declare metrics; `organization` is the name of the label."""
        self._under_way = gauge("backfill_under_way", "1 while the service works on a backfill.", organization)
        self._occurrences = gauge(
            "backfill_occurrences",
            "Occurrences of the organization's latest backfill: found, known before, left out, handed over, ended.",
            organization,
            "what",
        )
        self._waits = counter("backfill_waits", "Times a backfill met something that it has to wait for.", organization)
        self.gauges = (self._under_way, self._occurrences)

    def introduce(self, organization: str) -> None:
        """Begin at 0."""
        self._under_way.labels(organization).set(0)
        self._waits.labels(organization)

    def count(self, signal: BackfillSignal) -> None:
        """Take note of a signal."""
        match signal:
            case BackfillBegan(organization=organization):
                self._under_way.labels(organization).set(1)
            case BackfillEnded(organization=organization):
                self._under_way.labels(organization).set(0)
            case BackfillAdvanced(organization=organization):
                for what in _COUNTS:
                    self._occurrences.labels(organization, what).set(getattr(signal, what))
            case BackfillWaits(organization=organization) | BackfillsUnusable(organization=organization):
                self._waits.labels(organization).inc()
