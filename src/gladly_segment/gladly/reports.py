"""The reports port on Gladly's Reports API (Gladly fact sheet, access and recovering what was missed)."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import date, datetime, timedelta
from typing import Final, Protocol

import msgspec

from gladly_segment.core.past import Told, Unreadable
from gladly_segment.gladly.csv_rows import read_rows
from gladly_segment.gladly.report_rows import ReportColumns
from gladly_segment.gladly.requests import GladlyRequests
from gladly_segment.ports.clock import Clock

_REPORTS_PER_MINUTE: Final = 8
_MINUTE_S: Final = 60.0
_UNDER_WAY_S: Final = 1.0
"""So long a report may take to Gladly, which counts it there."""

_IDLE_S: Final = 180.0
_DAY: Final = timedelta(days=1)

_FULL: Final = 99_000
"""A report is said to end at 100 000 rows without a word: one that is nearly as long may lack some."""


class ReportDiary(Protocol):
    """When reports of the organization were asked for, by whatever process: Gladly counts them all. Does not raise."""

    async def asked(self, since: datetime) -> Sequence[datetime]:
        """Give the moments from `since` on, oldest first."""
        ...

    async def note(self, at: datetime) -> None:
        """Note, before it is sent, that one is asked for."""
        ...


class GladlyReports:
    """One organization's reports: one at a time and eight a minute, so that two are left to its other tools."""

    def __init__(self, requests: GladlyRequests, clock: Clock, diary: ReportDiary | None = None) -> None:
        """Without a diary a process knows only of its own reports."""
        self._requests = requests
        self._turns = _Turns(clock, diary or _OwnMemory())

    async def read(self, first: date, last: date) -> AsyncGenerator[Told]:
        """See the port. A report that may lack rows is followed by two of half the days, which tell the same again."""
        rows = 0
        columns: ReportColumns | None = None
        async with (
            self._turns.take(),
            self._requests.read_on("reports", body=_order(first, last), idle_s=_IDLE_S) as response,
            aclosing(read_rows(response.content)) as come,
        ):
            async for row in come:
                if columns is None:
                    columns = ReportColumns(row)
                    continue
                rows += 1
                if (told := columns.told(row)) is not None:
                    yield told
        if rows >= _FULL:
            async with aclosing(self._again(first, last, rows)) as more:
                async for told in more:
                    yield told

    async def _again(self, first: date, last: date, rows: int) -> AsyncGenerator[Told]:
        if first == last:
            yield Unreadable(rows + 1, f"the report of {first} ends after {rows} rows: there may be more")
            return
        middle = first + (last - first) // 2
        for half in ((first, middle), (middle + _DAY, last)):
            async with aclosing(self.read(*half)) as come:
                async for told in come:
                    yield told


class _Turns:
    """A turn is over a minute after its end: so no minute holds more of them, wherever Gladly counts."""

    def __init__(self, clock: Clock, diary: ReportDiary) -> None:
        self._clock = clock
        self._diary = diary
        self._one = asyncio.Lock()
        self._ended: deque[float] = deque(maxlen=_REPORTS_PER_MINUTE)

    @asynccontextmanager
    async def take(self) -> AsyncGenerator[None]:
        async with self._one:
            while (wait_s := await self._wait_s()) > 0:
                await self._clock.sleep(wait_s)
            await self._diary.note(self._clock.now())
            try:
                yield
            finally:
                self._ended.append(self._clock.monotonic())

    async def _wait_s(self) -> float:
        waits_s = [0.0]
        if len(self._ended) == _REPORTS_PER_MINUTE:
            waits_s.append(self._ended[0] + _MINUTE_S - self._clock.monotonic())
        now = self._clock.now()
        minute_ago = now - timedelta(seconds=_MINUTE_S)
        asked = await self._diary.asked(minute_ago)
        if len(asked) >= _REPORTS_PER_MINUTE:
            waits_s.append((asked[-_REPORTS_PER_MINUTE] - minute_ago).total_seconds() + _UNDER_WAY_S)
        return max(waits_s)


class _OwnMemory:
    async def asked(self, since: datetime) -> Sequence[datetime]:
        del since
        return ()

    async def note(self, at: datetime) -> None:
        """What this process asked for is counted by its turns."""


def _order(first: date, last: date) -> bytes:
    return msgspec.json.encode(
        {
            "metricSet": "ConversationTimestampsReport",
            "startAt": first.isoformat(),
            "endAt": last.isoformat(),
            "timezone": "UTC",
        }
    )
