"""Reading Gladly's lists of the past into the spool, part by part, and the plan that comes of it."""

from collections.abc import Sequence
from contextlib import aclosing
from datetime import timedelta
from typing import Final

from gladly_segment.core.backfill import Phase, Reading, plan_of
from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import FailureKind
from gladly_segment.core.past import PastOccurrence, Unreadable
from gladly_segment.core.readings import EVENTS_REACH, readings, unread
from gladly_segment.core.records import Source
from gladly_segment.ports.backfills import Spool
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.past import ExportJob
from gladly_segment.recover.backfill.course import Course, Rate
from gladly_segment.recover.backfill.lists import Lists, covers
from gladly_segment.recover.backfill.recognition import Recognition
from gladly_segment.recover.gap import BEHIND
from gladly_segment.recover.lookup import AT_ONCE

_LOOK_AGAIN_S: Final = 1.0
_SHORTER: Final = timedelta(hours=1)
_SURELY_REACHED: Final = timedelta(hours=20)


class Gatherer:
    """Gathers what happened. Every method raises what its ports raise."""

    def __init__(self, lists: Lists, spool: Spool, recognition: Recognition, rate: Rate, clock: Clock) -> None:
        self._lists = lists
        self._spool = spool
        self._recognition = recognition
        self._rate = rate
        self._clock = clock

    async def gather(self, course: Course) -> None:
        """Read what has not been read of the span."""
        jobs, reach = await self._lists.exported(), EVENTS_REACH
        while expected := await self._expected(course, jobs, reach):
            reading = self._first(expected)
            if reading is None:
                await self._clock.sleep(_LOOK_AGAIN_S)
            elif await self._read(course, reading, jobs):
                await course.well()
            elif reading.source is Source.EVENTS_API:
                reach -= _SHORTER
            else:
                # A file that is not kept any more: what it had is in the reports.
                jobs = [job for job in jobs if not covers(job.span, reading.span)]

    async def plan(self, course: Course) -> Phase:
        """Put in order what was gathered, see what is known already, and reckon; give the phase that follows."""
        course.found = await self._spool.arrange(course.number)
        after = None
        while page := await self._spool.page(course.number, after, AT_ONCE):
            # Not struck out: a receipt that is compared again must find all of its conversation.
            await self._spool.mark_known(course.number, await self._recognition.known(page))
            await course.note()
            after = page[-1].conversation
        await course.note_now()
        needs = await self._spool.needs(course.number)
        return await self._spool.planned(course.number, plan_of(needs, self._rate.for_the_past()))

    async def _expected(self, course: Course, jobs: Sequence[ExportJob], reach: timedelta) -> Sequence[Reading]:
        # Reckoned anew before each reading: what the Events API reached at first it may not reach any more.
        read = await self._spool.read(course.number)
        now, exported = self._clock.now(), [job.span for job in jobs]
        parts = unread(course.order.span, [each.span for each in read])
        expected = [reading for part in parts for reading in readings(part, now, exported, reach)]
        await self._spool.expect(course.number, expected)
        return expected

    def _first(self, expected: Sequence[Reading]) -> Reading | None:
        # What will soon be out of reach comes first, once it is whole.
        now = self._clock.now()
        ripe = [each for each in expected if each.source is not Source.EVENTS_API or each.span.end + BEHIND <= now]
        return min(ripe, key=lambda each: each.source is not Source.EVENTS_API, default=None)

    async def _read(self, course: Course, reading: Reading, jobs: Sequence[ExportJob]) -> bool:
        """Tell whether there was something to read from."""
        try:
            await self._take(course, reading, jobs)
        except CallFailedError as error:
            if error.failure.kind is FailureKind.REFUSED and self._is_replaceable(reading):
                return False
            raise
        return True

    def _is_replaceable(self, reading: Reading) -> bool:
        # A refusal near the end of its reach: our clock is behind. Reports have it, they are but an hour late.
        too_old = reading.source is Source.EVENTS_API and reading.span.start < self._clock.now() - _SURELY_REACHED
        return too_old or reading.source is Source.EXPORT

    async def _take(self, course: Course, reading: Reading, jobs: Sequence[ExportJob]) -> None:
        portion: list[PastOccurrence] = []
        unreadable = 0
        async with aclosing(self._lists.told(reading, jobs)) as told:
            async for each in told:
                if isinstance(each, PastOccurrence):
                    portion.append(each)
                elif isinstance(each, Unreadable):
                    unreadable += 1
                if len(portion) == AT_ONCE:
                    await self._spool.gather(course.number, portion)
                    portion = []
        await self._spool.gather(course.number, portion)
        await self._spool.note_read(course.number, reading, unreadable)
