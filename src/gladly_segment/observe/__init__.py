"""What the service shows of itself: structured logs and metrics, both fed by the same signals."""

from gladly_segment.observe.journal_metrics import JournalReading
from gladly_segment.observe.logs import LogObserver, configure_logs
from gladly_segment.observe.metrics import CONTENT_TYPE, Metrics
from gladly_segment.observe.noticing import Noticing
from gladly_segment.observe.several import Several

__all__ = ["CONTENT_TYPE", "JournalReading", "LogObserver", "Metrics", "Noticing", "Several", "configure_logs"]
