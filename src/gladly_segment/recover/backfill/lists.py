"""Gladly's lists of the past as one: what a reading tells of."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import timedelta
from typing import Final

import msgspec

from gladly_segment.core.backfill import Reading
from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import FailureKind
from gladly_segment.core.past import PastOccurrence, Span, Told
from gladly_segment.core.records import Source
from gladly_segment.ports.past import ExportJob, Exports, Reports
from gladly_segment.ports.past_events import PastEvents
from gladly_segment.recover.told import told_by_events

_NO_SUCH_THING: Final = frozenset({FailureKind.UNAUTHORIZED, FailureKind.MISDIRECTED, FailureKind.REFUSED})
_MS: Final = timedelta(milliseconds=1)


class Lists(msgspec.Struct, frozen=True, kw_only=True):
    """One organization's lists."""

    events: PastEvents
    exports: Exports
    reports: Reports

    async def exported(self) -> Sequence[ExportJob]:
        """Give the exports that can be read: none where they may not be looked at, as nobody needs them.

        Raises CallFailedError.
        """
        try:
            return await self.exports.jobs()
        except CallFailedError as error:
            if error.failure.kind in _NO_SUCH_THING:
                return ()
            raise

    async def told(self, reading: Reading, jobs: Sequence[ExportJob]) -> AsyncGenerator[Told]:
        """Give what a reading tells of, without what is outside of its span. Raises CallFailedError."""
        async with aclosing(self._source(reading, jobs)) as source:
            async for told in source:
                if not isinstance(told, PastOccurrence) or reading.span.start <= told.at < reading.span.end:
                    yield told

    def _source(self, reading: Reading, jobs: Sequence[ExportJob]) -> AsyncGenerator[Told]:
        span = reading.span
        match reading.source:
            case Source.EXPORT:
                return self.exports.read(next(job for job in jobs if covers(job.span, span)))
            case Source.REPORT:
                return self.reports.read(span.start.date(), (span.end - _MS).date())
            case Source.EVENTS_API | Source.WEBHOOK:
                return told_by_events(self.events, span)


def covers(whole: Span, part: Span) -> bool:
    """Tell whether a span lies within another."""
    return whole.start <= part.start and part.end <= whole.end
