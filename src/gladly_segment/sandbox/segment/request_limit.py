"""How many requests a second are let in."""


class RequestLimit:
    """Counts requests by the second; the limit is a workspace's (Segment fact sheet, Tracking API)."""

    RETRY_AFTER_S = 1

    def __init__(self, limit_per_s: int) -> None:
        self._limit_per_s = limit_per_s
        self._second = 0
        self._count = 0

    def admits(self, now_s: float) -> bool:
        """Count a request at `now_s` and say whether it is within the limit."""
        if int(now_s) != self._second:
            self._second, self._count = int(now_s), 0
        self._count += 1
        return self._count <= self._limit_per_s
