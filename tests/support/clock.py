"""Clocks for tests: time that is moved by hand, and time that flies."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

START: Final = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
"""When a test's clock begins."""


class ManualClock:
    """The clock port moved by hand: time passes in `advance` and nowhere else."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._elapsed = timedelta()
        self._sleepers: dict[asyncio.Future[None], timedelta] = {}
        self._fell_asleep = asyncio.Event()

    def now(self) -> datetime:
        return self._start + self._elapsed

    def monotonic(self) -> float:
        return self._elapsed.total_seconds()

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers[woken] = self._elapsed + timedelta(seconds=seconds)
        self._fell_asleep.set()
        try:
            await woken
        finally:
            self._sleepers.pop(woken, None)

    def advance(self, seconds: float) -> None:
        """Let time pass, and wake whoever slept long enough."""
        self._elapsed += timedelta(seconds=seconds)
        for woken, until in list(self._sleepers.items()):
            if until <= self._elapsed:
                del self._sleepers[woken]
                if not woken.done():
                    woken.set_result(None)

    async def asleep(self, sleepers: int = 1) -> None:
        """Wait until at least so many sleep."""
        async with asyncio.timeout(30):
            while len(self._sleepers) < sleepers:
                self._fell_asleep.clear()
                await self._fell_asleep.wait()

    @property
    def next_waking_s(self) -> float:
        """How long the lightest of those who sleep now still sleeps."""
        return (min(self._sleepers.values()) - self._elapsed).total_seconds()


class FlyingClock:
    """The clock port for whom waits are over at once: whoever sleeps moves the time by as much."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._elapsed = timedelta()

    def now(self) -> datetime:
        return self._start + self._elapsed

    def monotonic(self) -> float:
        return self._elapsed.total_seconds()

    async def sleep(self, seconds: float) -> None:
        self._elapsed += timedelta(seconds=max(0.0, seconds))
        await asyncio.sleep(0)
