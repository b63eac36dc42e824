"""Follows the journal of a running service, in nobody's way."""

import asyncio
import time
from contextlib import suppress
from typing import Final

from gladly_segment.core.errors import GladlySegmentError, HistoryDamagedError, HistoryUnavailableError
from gladly_segment.core.history_signals import HistoryFollowed, HistoryRebuilt, HistoryShed, HistoryTrouble
from gladly_segment.history.bell import Bell, JournalBell
from gladly_segment.history.projector import Projector
from gladly_segment.history.store import Standpoint, Store
from gladly_segment.ports.observer import Observer
from gladly_segment.ports.receipts import Changes

KEPT_CHANGES: Final = 200_000
"""How far the history may fall behind before everything is read again."""

_LINGER_S: Final = 0.2
_LINGER_WHEN_BUSY_S: Final = 1.0
"""While much happens, an event is taken over once it has come to rest, and not at each of its steps."""
_LOOK_EVERY_S: Final = 1.0
_AGAIN_AFTER_S: Final = 10.0
_TRIM_EVERY_S: Final = 60.0
_RESTS: Final = 3.0
"""Behind, it rests for so many times as long as it worked: the stages need the processor more."""


class Follower:
    """Runs a projector: woken by what happens, and resting while there is much to do."""

    def __init__(self, projector: Projector, changes: Changes, journal: JournalBell, bell: Bell, observer: Observer):
        """`journal` tells that there is something to do; `bell` is rung when something was done."""
        self._projector = projector
        self._changes = changes
        self._journal = journal
        self._bell = bell
        self._observer = observer
        self._last: Standpoint | None = None
        self._told: HistoryFollowed | None = None
        self._tell_at = 0.0
        self._trim_at = time.monotonic() + _TRIM_EVERY_S
        self._in_trouble = ""
        self._found_damaged = False

    def note_damage(self) -> None:
        """Have the file made anew, soon: who read it found it damaged. Called from any thread."""
        self._found_damaged = True

    async def run(self) -> None:
        """Follow until cancelled, whatever happens to the file."""
        while True:
            try:
                await self._follow()
            except HistoryDamagedError as error:
                self._tell_trouble(error.message)
                await self._try_to_drop()
                await asyncio.sleep(_LOOK_EVERY_S)
            except GladlySegmentError as error:
                self._tell_trouble(error.message)
                await self._wait_in_trouble()
            except Exception as error:  # noqa: BLE001 - whatever it is, the stages go on without the history
                self._tell_trouble(f"unexpected: {type(error).__name__}")
                await self._wait_in_trouble()

    async def _wait_in_trouble(self) -> None:
        await asyncio.sleep(_AGAIN_AFTER_S)
        # The journal must not grow because nobody can follow it.
        with suppress(GladlySegmentError):
            await self._trim()

    async def _follow(self) -> None:
        while True:
            # Anew after each rest: others may have written to it as well, or emptied it.
            now, is_all = await self._projector.do(Store.standpoint), False
            self._last = self._last or now
            portions = 0
            while not is_all:
                began = time.monotonic()
                now, is_all = await self._projector.step(now)
                portions += not is_all
                self._in_trouble = ""
                await self._tell(now)
                await asyncio.sleep(0 if is_all else _RESTS * (time.monotonic() - began))
            if self._found_damaged:
                raise HistoryDamagedError("the history is damaged")
            await self._trim()
            await self._journal.changed(_LOOK_EVERY_S)
            await asyncio.sleep(_LINGER_WHEN_BUSY_S if portions > 1 else _LINGER_S)

    async def _tell(self, now: Standpoint) -> None:
        before, self._last = self._last, now
        if before is None or now.revision != before.revision:
            self._bell.ring()
        if before is not None and now.shed > before.shed:
            self._observer.emit(HistoryShed())
        if before is not None and before.walk_until is not None and now.walk_until is None:
            self._observer.emit(HistoryRebuilt(await self._projector.do(Store.events)))
        if time.monotonic() < self._tell_at:
            return
        head, events = await self._changes.head(), await self._projector.do(Store.events)
        told = HistoryFollowed(events=events, behind=max(0, head - (now.cursor or 0)))
        if told != self._told:
            self._observer.emit(told)
            self._told = told
        self._tell_at = time.monotonic() + _LOOK_EVERY_S

    def _tell_trouble(self, detail: str) -> None:
        if detail != self._in_trouble:
            self._in_trouble = detail
            self._observer.emit(HistoryTrouble(detail))

    async def _try_to_drop(self) -> None:
        try:
            await self._projector.drop()
            self._found_damaged = False
        except HistoryUnavailableError as error:
            self._tell_trouble(error.message)

    async def _trim(self) -> None:
        if time.monotonic() >= self._trim_at:
            await self._changes.trim(KEPT_CHANGES)
            self._trim_at = time.monotonic() + _TRIM_EVERY_S
