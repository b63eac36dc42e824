"""The numbers of the history."""

from collections.abc import Callable

from prometheus_client import Counter, Gauge

from gladly_segment.core.history_signals import (
    HistoryFollowed,
    HistoryRebuilt,
    HistoryShed,
    HistorySignal,
    HistoryTrouble,
)


class HistoryMetrics:
    """Counts what the history tells."""

    def __init__(self, counter: Callable[..., Counter], gauge: Callable[..., Gauge]) -> None:
        """`counter` and `gauge` declare metrics."""
        self._behind = gauge("history_behind", "Changes of the journal that are not in the history yet.")
        self._events = gauge("history_events", "Events in the history.")
        self._shed = counter("history_shed", "Times the history fell too far behind and everything was read again.")
        self._trouble = counter("history_trouble", "Times the history could not be read or written.")

    def count(self, signal: HistorySignal) -> None:
        """Take note of a signal."""
        match signal:
            case HistoryFollowed(events=events, behind=behind):
                self._events.set(events)
                self._behind.set(behind)
            case HistoryShed():
                self._shed.inc()
            case HistoryTrouble():
                self._trouble.inc()
            case HistoryRebuilt():
                pass
