"""How many requests an organization may have under way: Gladly's rate limit as a pure state machine."""

from collections import deque
from typing import Final

_WINDOW_S: Final = 1.0
_DEFAULT_LIMIT_PER_S: Final = 10
_LEAST_SPARE: Final = 2
_SPARE_OF_PERMITTED: Final = 0.05


class Quota:
    """The allowance of one organization and HTTP method (Gladly fact sheet, access). Times are monotonic seconds.

    A request holds its place from the moment it is sent until a second after its answer. Whenever in between
    Gladly counted it, and whether its window slides or not, no window then holds more than permitted.
    """

    def __init__(self, share: float) -> None:
        """Take at most `share` (0–1) of the organization's limit; the rest is left to its other tools."""
        self._share = share
        self._limit_per_s = _DEFAULT_LIMIT_PER_S
        self._under_way = 0
        self._answered: deque[float] = deque()
        self._blocked_until = 0.0
        self._others = 0
        self._others_until = 0.0

    @property
    def limit_per_s(self) -> int:
        """The organization's limit, as Gladly last told it."""
        return self._limit_per_s

    def permitted(self, now: float) -> int:
        """Tell how many requests may hold a place: our share, and less when others have used up more than theirs."""
        others = self._others if now < self._others_until else 0
        return max(1, min(int(self._limit_per_s * self._share), self._limit_per_s - others))

    def spare(self, now: float) -> int:
        """Tell how many places those who can wait leave free: enough for what is urgent, and never all of them."""
        permitted = self.permitted(now)
        return min(permitted - 1, max(_LEAST_SPARE, int(permitted * _SPARE_OF_PERMITTED)))

    def take(self, now: float, spare: int = 0) -> bool:
        """Take a place if there is one, and if at least `spare` others stay free."""
        self._forget(now)
        if now < self._blocked_until or self._under_way + len(self._answered) >= self.permitted(now) - spare:
            return False
        self._under_way += 1
        return True

    def next_change(self, now: float) -> float | None:
        """Tell when to try again after a refused `take`, or None when only an answer can free a place.

        It is the first moment at which anything changes, whatever is to be spared: then one place more is free.
        """
        if now < self._blocked_until:
            return self._blocked_until
        return self._answered[0] + _WINDOW_S if self._answered else None

    def answered(self, now: float, *, limit: int | None, remaining: int | None) -> None:
        """Note an answer, with what its `Ratelimit-*` headers told if they were there."""
        if limit is not None and limit > 0:
            self._limit_per_s = limit
        self._forget(now)
        if remaining is not None:
            ours = self._under_way + len(self._answered)
            self._others = max(0, self._limit_per_s - remaining - ours)
            self._others_until = now + _WINDOW_S
        self._under_way -= 1
        self._answered.append(now)

    def throttled(self, now: float) -> None:
        """Note an answer 429: send nothing for a whole window."""
        self._blocked_until = now + _WINDOW_S

    def _forget(self, now: float) -> None:
        while self._answered and self._answered[0] + _WINDOW_S <= now:
            self._answered.popleft()
