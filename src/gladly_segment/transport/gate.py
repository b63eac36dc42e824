"""How many connections there may be, and whose place is given to somebody else when all are taken."""

from collections import Counter
from collections.abc import Callable
from typing import Protocol

from gladly_segment.core.callers import Caller
from gladly_segment.core.signals import TurnedAway, TurnedAwayFor


class Guest(Protocol):
    """A connection."""

    def evict(self) -> None:
        """End it at once."""
        ...


class Gate:
    """Counts connections. Those that rest make room for new ones, so that keeping all of them busy doing nothing does
    not keep others out.
    """

    def __init__(self, most: int, most_per_caller: int, tell: Callable[[TurnedAway], None]) -> None:
        self._most = most
        self._most_per_caller = most_per_caller
        self._tell = tell
        self._inside: dict[Guest, Caller | None] = {}
        self._resting: dict[Guest, None] = {}
        self._of = Counter[Caller]()

    def enter(self, guest: Guest, caller: Caller | None) -> bool:
        """Count a connection, or tell that there are too many; `caller` None stands for many, and is not counted."""
        if caller is not None and self._of[caller] >= self._most_per_caller:
            self.turn_away(TurnedAwayFor.CONNECTIONS_OF_ADDRESS)
            return False
        if len(self._inside) >= self._most:
            self.turn_away(TurnedAwayFor.CONNECTIONS)
            longest = next(iter(self._resting), None)
            if longest is None:
                return False
            self.leave(longest)
            longest.evict()
        self._inside[guest] = caller
        self._resting[guest] = None
        if caller is not None:
            self._of[caller] += 1
        return True

    def work(self, guest: Guest) -> None:
        """A request has come, and is being answered."""
        self._resting.pop(guest, None)

    def rest(self, guest: Guest) -> None:
        """The next request is waited for."""
        if guest in self._inside:
            self._resting[guest] = None

    def leave(self, guest: Guest) -> None:
        """The connection has ended; said twice, it counts once."""
        self._resting.pop(guest, None)
        caller = self._inside.pop(guest, None)
        if caller is not None:
            self._of[caller] -= 1
            if not self._of[caller]:
                del self._of[caller]

    def turn_away(self, reason: TurnedAwayFor) -> None:
        """Tell that somebody was."""
        self._tell(TurnedAway(reason))
