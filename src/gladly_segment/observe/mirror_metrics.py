"""The numbers of the mirror."""

from collections.abc import Callable

from prometheus_client import Counter

from gladly_segment.core.mirror_signals import MirrorAnswered, MirrorSignal, MirrorTrouble


class MirrorMetrics:
    """Counts what is told of what arrives behind Segment."""

    def __init__(self, counter: Callable[..., Counter], organization: str) -> None:
        """`counter` declares metrics, `organization` names the label."""
        self._requests = counter("mirror_requests", "Requests to mirror addresses.", organization, "status")
        self._trouble = counter("mirror_trouble", "Times what arrived at a mirror could not be kept.")

    def count(self, signal: MirrorSignal) -> None:
        """Take note of a signal."""
        match signal:
            case MirrorAnswered(organization=organization, status=status):
                self._requests.labels(organization or "", status).inc()
            case MirrorTrouble():
                self._trouble.inc()
