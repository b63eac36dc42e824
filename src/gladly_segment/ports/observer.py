"""Who listens to what the service tells about itself."""

from typing import Protocol

from gladly_segment.core.signals import Signal


class Observer(Protocol):
    """Called from every stage, on the event loop."""

    def emit(self, signal: Signal) -> None:
        """Take note of a signal. Neither blocks nor raises."""
        ...
