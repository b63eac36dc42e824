"""The numbers of completeness."""

from collections.abc import Callable, Sequence
from datetime import datetime

from prometheus_client import Counter, Gauge

from gladly_segment.core.certificate import DifferenceKind, Standing
from gladly_segment.core.certificate_signals import CertificateSignal, Certified, Completeness


class CertificateMetrics:
    """Counts what reconciling tells, by organization."""

    def __init__(self, counter: Callable[..., Counter], gauge: Callable[..., Gauge], organization: str) -> None:
        """`counter` and `gauge` declare metrics; `organization` is the name of the label."""
        self._certified = gauge(
            "certified_until_seconds",
            "Since 1970, the end of the last hour that was compared with Gladly.",
            organization,
        )
        self._complete = gauge(
            "complete_until_seconds",
            "Since 1970, up to when everything of the last week is complete.",
            organization,
        )
        self._hours = gauge(
            "uneven_hours", "Hours of the last week that are waiting or incomplete.", organization, "standing"
        )
        self._differences = counter(
            "certificate_differences",
            "Occurrences that were not simply there when their hour was compared with Gladly.",
            organization,
            "kind",
        )

    @property
    def gauges(self) -> Sequence[Gauge]:
        """Those that must be forgotten with an organization."""
        return self._certified, self._complete, self._hours

    def introduce(self, organization: str) -> None:
        """Begin at 0: the first time of something would be no increase to whoever never saw it at 0."""
        for kind in DifferenceKind:
            self._differences.labels(organization, kind)
        for standing in (Standing.WAITING, Standing.INCOMPLETE):
            self._hours.labels(organization, standing)

    def count(self, signal: CertificateSignal) -> None:
        """Take note of a signal."""
        match signal:
            case Certified(organization=organization, differences=differences):
                for kind, count in differences.items():
                    self._differences.labels(organization, kind).inc(count)
            case Completeness(organization=organization):
                _set(self._certified, organization, signal.certified_until)
                _set(self._complete, organization, signal.complete_until)
                self._hours.labels(organization, Standing.WAITING).set(signal.waiting)
                self._hours.labels(organization, Standing.INCOMPLETE).set(signal.incomplete)
            case _:
                pass


def _set(gauge: Gauge, organization: str, moment: datetime | None) -> None:
    if moment is not None:
        gauge.labels(organization).set(moment.timestamp())
