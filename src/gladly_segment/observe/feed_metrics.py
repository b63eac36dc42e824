"""The numbers of the feed of webhooks, of what it missed, and of alarms."""

from collections.abc import Callable

from prometheus_client import Counter, Gauge

from gladly_segment.core.feed_signals import (
    AlarmKind,
    AlarmRaised,
    FeedDisabled,
    FeedEnabled,
    FeedMissing,
    FeedSignal,
    GapRecovered,
)


class FeedMetrics:
    """Counts what the guardian tells, by organization."""

    def __init__(self, counter: Callable[..., Counter], gauge: Callable[..., Gauge], organization: str) -> None:
        """`counter` and `gauge` declare metrics; `organization` is the name of the label."""
        self.enabled = gauge(
            "feed_enabled", "1 while Gladly sends webhooks, 0 while there is none or it is disabled.", organization
        )
        self._recovered = counter("recovered_events", "Missed events read from Gladly's Events API.", organization)
        self._alarms = counter("alarms", "Times somebody was called for.", organization, "alarm")

    def introduce(self, organization: str) -> None:
        """Begin at 0: the first time of something would be no increase to whoever never saw it at 0."""
        self._recovered.labels(organization)
        for alarm in AlarmKind:
            self._alarms.labels(organization, alarm)

    def count(self, signal: FeedSignal) -> None:
        """Take note of a signal."""
        match signal:
            case FeedEnabled(organization=organization):
                self.enabled.labels(organization).set(1)
            case FeedDisabled(organization=organization) | FeedMissing(organization=organization):
                self.enabled.labels(organization).set(0)
            case GapRecovered(organization=organization, new=new):
                self._recovered.labels(organization).inc(new)
            case AlarmRaised(organization=organization, alarm=alarm):
                self._alarms.labels(organization or "", alarm).inc()
            case _:
                pass
