"""A held stage: nothing passes before somebody mends what is wrong, so it is only probed, one entry at a time."""

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any

from gladly_segment.core.ids import Seq
from gladly_segment.core.records import Entry
from gladly_segment.ports.clock import Clock


class Hold:
    """What a stage may claim while held: nothing until its time, then one entry, then nothing until that is settled.

    Held by the clock that nobody sets: were the other put back, the stage would stand still for as long.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: float | None = None
        self._probe: Seq | None = None
        self._changed = asyncio.Event()
        self._stops_in_a_row = 0

    @property
    def stops_in_a_row(self) -> int:
        """How often the stage was held since it last worked."""
        return self._stops_in_a_row

    @property
    def standing_until(self) -> datetime | None:
        """When the stage is to be probed next; None when it is not held, or when that moment has come."""
        left_s = self._left_s()
        return self._clock.now() + timedelta(seconds=left_s) if left_s > 0 else None

    def begin(self, until: datetime) -> bool:
        """Hold the stage; tell whether that is news: calls that were under way when it was held tell nothing new."""
        if self.standing_until is not None:
            return False
        self._stops_in_a_row += 1
        self._until = self._clock.monotonic() + (until - self._clock.now()).total_seconds()
        return True

    def end(self) -> bool:
        """Let the stage go on; tell whether it was held."""
        was_held = self._until is not None
        self._until = None
        self._stops_in_a_row = 0
        self._changed.set()
        return was_held

    def allowed(self, limit: int) -> int:
        """Tell how many of `limit` entries may be claimed now."""
        if self._until is None:
            return limit
        return 1 if self._probe is None and not self._left_s() else 0

    def claimed(self, entries: Sequence[Entry]) -> None:
        """Note what was claimed: while held, it is the probe."""
        if self._until is not None and entries:
            self._probe = entries[0].seq

    def settled(self, entries: Sequence[Entry]) -> None:
        """Note what was settled: after the probe, another may follow."""
        if any(entry.seq == self._probe for entry in entries):
            self._probe = None
            self._changed.set()

    async def passed(self) -> None:
        """Wait until something may be claimed."""
        while self._until is not None and not self.allowed(1):
            self._changed.clear()
            waits: list[Coroutine[Any, Any, object]] = [self._changed.wait()]
            if self._probe is None:
                waits.append(self._clock.sleep(self._left_s()))
            tasks = [asyncio.ensure_future(wait) for wait in waits]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()

    def _left_s(self) -> float:
        # Cut to milliseconds: what rounding leaves of a wait is none.
        left_s = 0.0 if self._until is None else self._until - self._clock.monotonic()
        return max(0.0, round(left_s, 3))
