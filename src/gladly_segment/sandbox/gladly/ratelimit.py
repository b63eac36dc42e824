"""Gladly's request limit."""

from collections import deque

from gladly_segment.sandbox.gladly.times import NS_PER_S


class RateLimit:
    """At most `limit` accepted requests per HTTP method in any one window, usually a second, whoever sends them.

    The fact sheet gives the number, not the window: a sliding one is its strictest reading. A refused
    request does not count.
    """

    def __init__(self, limit: int, window_ns: int = NS_PER_S) -> None:
        self.limit = limit
        self._window_ns = window_ns
        self._accepted: dict[str, deque[int]] = {}

    def admit(self, method: str, now_ns: int) -> bool:
        """Count the request, unless it is over the limit."""
        if self.remaining(method, now_ns) == 0:
            return False
        self._accepted[method].append(now_ns)
        return True

    def remaining(self, method: str, now_ns: int) -> int:
        """How many more would be accepted at this instant."""
        accepted = self._accepted.setdefault(method, deque())
        while accepted and accepted[0] <= now_ns - self._window_ns:
            accepted.popleft()
        return self.limit - len(accepted)
