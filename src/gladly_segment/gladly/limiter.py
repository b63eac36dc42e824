"""One organization's places for requests, shared by all who call Gladly for it."""

import asyncio
from collections import defaultdict, deque
from enum import IntEnum
from typing import Final

from gladly_segment.core.quota import Quota
from gladly_segment.ports.clock import Clock

_CATCHES_UP_S: Final = 0.1
"""How late a request of the past may be so that the next ones make up for it."""

_TICK_S: Final = 1e-6
"""Less is no wait: no clock is finer."""


class Rank(IntEnum):
    """Who passes first when several wait: the smaller. Nobody passes while one of a smaller rank waits."""

    LIVE = 0
    PREVIEW = 1
    """A person looks on, and waits for no place that an event waits for."""
    PAST = 2
    """Leaves some places free and comes at even intervals, so that a live event never waits for what can wait."""


class Limiter:
    """Lets requests pass by rank and in the order they came, as the quota of their HTTP method permits.

    The rule is Gladly's (fact sheet, access).
    """

    def __init__(self, clock: Clock, share: float) -> None:
        self._clock = clock
        self._lines: defaultdict[str, _Line] = defaultdict(lambda: _Line(clock, Quota(share)))

    async def enter(self, method: str, rank: Rank = Rank.LIVE) -> None:
        """Wait for a place. Each `enter` is followed by one `leave`, whatever happens in between."""
        await self._lines[method].enter(rank)

    def leave(self, method: str, *, limit: int | None = None, remaining: int | None = None) -> None:
        """Tell that the answer is there, or will not come; with its `Ratelimit-*` headers if it had them."""
        self._lines[method].leave(limit=limit, remaining=remaining)

    def throttled(self, method: str) -> None:
        """Tell of an answer 429, before `leave`."""
        self._lines[method].quota.throttled(self._clock.monotonic())

    def passed(self, rank: Rank) -> int:
        """Count the requests of a rank that were let through so far, of all methods. Does not block."""
        return sum(line.passed[rank] for line in self._lines.values())

    def permitted_per_s(self, method: str, rank: Rank = Rank.LIVE) -> int:
        """Tell how many requests a second of a rank pass now while no others come. Does not block."""
        return self._lines[method].permitted(rank)


class _Line:
    """The waiting line of one HTTP method: a row for each rank."""

    def __init__(self, clock: Clock, quota: Quota) -> None:
        self.quota = quota
        self.passed = dict.fromkeys(Rank, 0)
        self._clock = clock
        self._rows: dict[Rank, deque[asyncio.Future[None]]] = {rank: deque() for rank in Rank}
        self._doorman: asyncio.Task[None] | None = None
        self._opens_at = 0.0
        self._next_past = 0.0

    async def enter(self, rank: Rank) -> None:
        if not any(row for before, row in self._rows.items() if before <= rank) and self._take(rank):
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._rows[rank].append(place)
        self._admit()
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.leave(limit=None, remaining=None)
            raise

    def leave(self, *, limit: int | None, remaining: int | None) -> None:
        self.quota.answered(self._clock.monotonic(), limit=limit, remaining=remaining)
        self._admit()

    def permitted(self, rank: Rank) -> int:
        return self.quota.permitted(self._clock.monotonic()) - self._spare(rank)

    def _take(self, rank: Rank) -> bool:
        now = self._clock.monotonic()
        # Evenly: places taken all at once would all come free at once, and a live event would wait until then.
        if rank is Rank.PAST and self._comes_early(now):
            return False
        taken = self.quota.take(now, self._spare(rank))
        self.passed[rank] += taken
        if taken and rank is Rank.PAST:
            self._next_past = max(self._next_past, now - _CATCHES_UP_S) + 1 / self.permitted(rank)
        return taken

    def _comes_early(self, now: float) -> bool:
        return self._next_past - now > _TICK_S

    def _spare(self, rank: Rank) -> int:
        return self.quota.spare(self._clock.monotonic()) if rank is Rank.PAST else 0

    def _admit(self) -> None:
        while (rank := self._foremost()) is not None:
            row = self._rows[rank]
            if row[0].done():
                row.popleft()
            elif self._take(rank):
                row.popleft().set_result(None)
            else:
                self._watch()
                return

    def _foremost(self) -> Rank | None:
        return next((rank for rank, row in self._rows.items() if row), None)

    def _watch(self) -> None:
        at = self._next_change()
        if at is None or (self._doorman is not None and self._opens_at <= at):
            return
        if self._doorman is not None:
            self._doorman.cancel()
        self._opens_at = at
        self._doorman = asyncio.create_task(self._open_at(at))

    def _next_change(self) -> float | None:
        now = self._clock.monotonic()
        if self._foremost() is Rank.PAST and self._comes_early(now):
            return self._next_past
        # With all places under way there is no moment to wait for: the next `leave` admits.
        return self.quota.next_change(now)

    async def _open_at(self, at: float) -> None:
        await self._clock.sleep(at - self._clock.monotonic())
        self._doorman = None
        self._admit()
