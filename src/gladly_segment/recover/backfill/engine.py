"""The backfill of one organization: a worker that rests until somebody orders one."""

import asyncio
import random
from typing import Final

from gladly_segment.core.backfill import Backfill, Phase
from gladly_segment.core.backfill_signals import BackfillBegan, BackfillEnded, BackfillsUnusable
from gladly_segment.core.errors import (
    BackfillsUnavailableError,
    CallFailedError,
    JournalDamagedError,
    JournalUnavailableError,
)
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.retry import backoff_s
from gladly_segment.ports.backfills import Spool
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.observer import Observer
from gladly_segment.recover.backfill.course import Course, Rate
from gladly_segment.recover.backfill.gather import Gatherer
from gladly_segment.recover.backfill.send import Sender

_LOOK_EVERY_S: Final = 1.0
_UNUSABLE_PAUSE_S: Final = 10.0
_BASE_S: Final = 1.0
_CAP_S: Final = 60.0
_LONGEST_WISH_S: Final = 300.0


class BackfillEngine:
    """Works on what was ordered, phase by phase; killed at any point it goes on where it was."""

    def __init__(
        self,
        organization: OrganizationId,
        spool: Spool,
        gatherer: Gatherer,
        sender: Sender,
        rate: Rate,
        clock: Clock,
        observer: Observer,
    ) -> None:
        self._organization = organization
        self._spool = spool
        self._gatherer = gatherer
        self._sender = sender
        self._rate = rate
        self._clock = clock
        self._observer = observer
        self._unusable = ""

    async def run(self) -> None:
        """Work until cancelled. Raises JournalDamagedError."""
        while True:
            try:
                backfill = await self._spool.under_way(self._organization)
                self._unusable = ""
                if backfill is not None:
                    await self._work(backfill)
            except BackfillsUnavailableError as error:
                self._tell_unusable(error)
                await self._clock.sleep(_UNUSABLE_PAUSE_S)
            await self._clock.sleep(_LOOK_EVERY_S)

    async def _work(self, backfill: Backfill) -> None:
        course = Course(backfill, self._spool, self._rate, self._clock, self._observer)
        span = backfill.order.span
        self._observer.emit(BackfillBegan(self._organization, span.start, span.end))
        works = self._carry_out(course), self._watch(course)
        tasks: list[asyncio.Task[Phase | None]] = [asyncio.create_task(each) for each in works]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            if (phase := task.result()) is not None:
                self._observer.emit(BackfillEnded(self._organization, phase))
            return

    async def _watch(self, course: Course) -> Phase | None:
        """Follow what people order; end when it is no longer this backfill, or begins anew because of what is new."""
        while True:
            await self._clock.sleep(_LOOK_EVERY_S)
            found = await self._spool.under_way(self._organization)
            if found is None or found.number != course.number:
                return await self._spool.phase(course.number) or Phase.STOPPED
            if found.order != course.order:
                return None

    async def _carry_out(self, course: Course) -> Phase:
        while True:
            try:
                return await self._advance(course)
            except (BackfillsUnavailableError, JournalDamagedError):
                raise
            except CallFailedError as error:
                await self._pause(course, f"Gladly: {error.message}", error.failure.retry_after_s)
            except JournalUnavailableError as error:
                await self._pause(course, error.message)
            except Exception as error:  # noqa: BLE001 - the past must not stop what happens now
                await self._pause(course, f"an unexpected error: {type(error).__name__}")

    async def _advance(self, course: Course) -> Phase:
        if course.phase is Phase.GATHERING:
            await self._gatherer.gather(course)
            course.phase = await self._gatherer.plan(course)
        if course.phase is not Phase.SENDING:
            return course.phase
        await self._sender.send(course)
        await course.note_now()
        await self._spool.done(course.number)
        return Phase.DONE

    async def _pause(self, course: Course, trouble: str, wish_s: float | None = None) -> None:
        backoff = backoff_s(course.failures_in_a_row, random.random(), _BASE_S, _CAP_S)  # noqa: S311 - jitter
        course.failures_in_a_row += 1
        await course.wait(trouble)
        await self._clock.sleep(min(wish_s, _LONGEST_WISH_S) if wish_s else backoff)

    def _tell_unusable(self, error: BackfillsUnavailableError) -> None:
        if error.message != self._unusable:
            self._unusable = error.message
            self._observer.emit(BackfillsUnusable(self._organization, error.message))
