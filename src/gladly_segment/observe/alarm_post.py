"""Posting alarms to an address of the operator's choice: beside everything else, bounded, and given up at last."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

import aiohttp
import msgspec

from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.feed_signals import AlarmsUnposted
from gladly_segment.core.retry import backoff_s
from gladly_segment.core.secret import Secret
from gladly_segment.observe.alarms import Notice
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.observer import Observer
from gladly_segment.transport.failures import ForeignError, answered, failure_of, retry_after_s

_WAITING: Final = 1_000
_ATTEMPTS: Final = 10
_BASE_S: Final = 1.0
_CAP_S: Final = 300.0
_OK: Final = range(200, 300)
_PASSING: Final = frozenset({408, 425, 429})
_SERVER_ERROR: Final = 500


class AlarmPost:
    """Sends notices one after the other. Up to 1 000 wait; above that the oldest goes."""

    def __init__(
        self,
        url: Secret,
        session: aiohttp.ClientSession,
        clock: Clock,
        observer: Observer,
        *,
        draw: Callable[[], float],
    ) -> None:
        """`observer` is told of what is given up; `draw` gives numbers in [0, 1)."""
        self._url = url
        self._session = session
        self._clock = clock
        self._observer = observer
        self._draw = draw
        self._waiting: deque[Notice] = deque()
        self._woken = asyncio.Event()

    def put(self, notice: Notice) -> None:
        """Take a notice. Neither blocks nor raises."""
        if len(self._waiting) == _WAITING:
            self._waiting.popleft()
            self._observer.emit(AlarmsUnposted(1, "too many of them wait"))
        self._waiting.append(notice)
        self._woken.set()

    async def run(self) -> None:
        """Send what comes, until cancelled."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            while self._waiting:
                await self._send(self._waiting.popleft())

    async def _send(self, notice: Notice) -> None:
        body = msgspec.json.encode(notice)
        for attempt in range(_ATTEMPTS):
            failure = await self._attempt(body)
            if failure is None:
                return
            if failure.kind is FailureKind.REFUSED or attempt + 1 == _ATTEMPTS:
                self._observer.emit(AlarmsUnposted(1, failure.detail))
                return
            pause_s = backoff_s(attempt, self._draw(), _BASE_S, _CAP_S)
            await self._clock.sleep(min(_CAP_S, max(pause_s, failure.retry_after_s or 0.0)))

    async def _attempt(self, body: bytes) -> Failure | None:
        headers = {"Content-Type": "application/json"}
        try:
            async with self._session.post(
                self._url.reveal(), data=body, headers=headers, allow_redirects=False
            ) as answer:
                if answer.status in _OK:
                    return None
                wait_s = retry_after_s(answer.headers.get("Retry-After"), self._clock.now())
                passing = answer.status in _PASSING or answer.status >= _SERVER_ERROR
                return answered(FailureKind.UNAVAILABLE if passing else FailureKind.REFUSED, answer.status, wait_s)
        except aiohttp.InvalidURL as error:
            return msgspec.structs.replace(failure_of(error), kind=FailureKind.REFUSED)
        except ForeignError as error:
            return failure_of(error)
