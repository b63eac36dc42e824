"""The numbers of the history."""

from gladly_segment.core.history_signals import HistoryFollowed, HistoryRebuilt, HistoryShed, HistoryTrouble
from gladly_segment.observe import Metrics
from tests.unit.observe.test_feed_metrics import sample


def test_how_far_it_is_and_what_it_met_is_counted() -> None:
    metrics = Metrics()
    for signal in (
        HistoryFollowed(events=10, behind=4),
        HistoryFollowed(events=12, behind=2),
        HistoryShed(),
        HistoryRebuilt(12),
        HistoryTrouble("disk full"),
        HistoryTrouble("disk full"),
    ):
        metrics.emit(signal)

    assert sample(metrics, "history_events") == 12
    assert sample(metrics, "history_behind") == 2
    assert sample(metrics, "history_shed_total") == 1
    assert sample(metrics, "history_trouble_total") == 2
