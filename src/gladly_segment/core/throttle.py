"""Allowances by time: so many a second for one, and so many failures for each of many callers."""

from gladly_segment.core.callers import Caller


class Bucket:
    """So many a second on average, and `burst` at once. Times are monotonic seconds."""

    def __init__(self, per_s: float, burst: float) -> None:
        self.per_s = per_s
        self._burst = burst
        self._left = burst
        self._seen = 0.0

    def lacking_s(self, now: float) -> float:
        """Tell how long until there is one to take, and take none."""
        self._left = min(self._burst, self._left + max(0.0, now - self._seen) * self.per_s)
        self._seen = now
        return max(0.0, 1.0 - self._left) / self.per_s

    def wait_s(self, now: float) -> float:
        """Take one and give 0; or, where none is left, tell how long until there is one."""
        lacking_s = self.lacking_s(now)
        if not lacking_s:
            self._left -= 1.0
        return lacking_s


class Failures:
    """Counts the failures of each caller. Only the `most` callers that failed last are remembered."""

    def __init__(self, per_s: float, burst: float, most: int) -> None:
        self._per_s = per_s
        self._burst = burst
        self._most = most
        self._of: dict[Caller, Bucket] = {}

    def lacking_s(self, caller: Caller, now: float) -> float:
        """Tell how long until a caller may fail again, and count nothing; 0 is at once."""
        bucket = self._of.get(caller)
        return 0.0 if bucket is None else bucket.lacking_s(now)

    def wait_s(self, caller: Caller, now: float) -> float:
        """Count a failure, and give 0; or, where a caller had too many, how long until it may fail again."""
        bucket = self._of.pop(caller, None) or Bucket(self._per_s, self._burst)
        # Put last: the first one is whoever failed longest ago.
        self._of[caller] = bucket
        if len(self._of) > self._most:
            del self._of[next(iter(self._of))]
        return bucket.wait_s(now)
