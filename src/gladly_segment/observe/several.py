"""One observer that stands for several."""

from collections.abc import Sequence

from gladly_segment.core.signals import Signal
from gladly_segment.ports.observer import Observer


class Several:
    """Passes every signal on to each of its observers."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = observers

    def emit(self, signal: Signal) -> None:
        """See the port."""
        for observer in self._observers:
            observer.emit(signal)
