"""One organization's places for requests, shared by all who call Gladly for it."""

import asyncio
from collections import defaultdict, deque

from gladly_segment.core.quota import Quota
from gladly_segment.ports.clock import Clock


class Limiter:
    """Lets requests pass in the order they came, as the quota of their HTTP method permits (Gladly fact sheet)."""

    def __init__(self, clock: Clock, share: float) -> None:
        self._clock = clock
        self._lines: defaultdict[str, _Line] = defaultdict(lambda: _Line(clock, Quota(share)))

    async def enter(self, method: str, *, yields: bool = False) -> None:
        """Wait for a place. Each `enter` is followed by one `leave`, whatever happens in between.

        Who `yields` waits until nobody waits who does not.
        """
        await self._lines[method].enter(yields=yields)

    def leave(self, method: str, *, limit: int | None = None, remaining: int | None = None) -> None:
        """Tell that the answer is there, or will not come; with its `Ratelimit-*` headers if it had them."""
        self._lines[method].leave(limit=limit, remaining=remaining)

    def throttled(self, method: str) -> None:
        """Tell of an answer 429, before `leave`."""
        self._lines[method].quota.throttled(self._clock.monotonic())


class _Line:
    """The waiting line of one HTTP method."""

    def __init__(self, clock: Clock, quota: Quota) -> None:
        self.quota = quota
        self._clock = clock
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._yielding: deque[asyncio.Future[None]] = deque()
        self._doorman: asyncio.Task[None] | None = None

    async def enter(self, *, yields: bool) -> None:
        row = self._yielding if yields else self._waiting
        if not row and not self._waiting and self.quota.take(self._clock.monotonic()):
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        row.append(place)
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

    def _admit(self) -> None:
        while row := self._waiting or self._yielding:
            if row[0].done():
                row.popleft()
            elif self.quota.take(self._clock.monotonic()):
                row.popleft().set_result(None)
            else:
                self._watch()
                return

    def _watch(self) -> None:
        # With all places under way there is no moment to wait for: the next `leave` admits.
        at = self.quota.next_change(self._clock.monotonic())
        if at is not None and (self._doorman is None or self._doorman.done()):
            self._doorman = asyncio.create_task(self._open_at(at))

    async def _open_at(self, at: float) -> None:
        await self._clock.sleep(at - self._clock.monotonic())
        self._doorman = None
        self._admit()
