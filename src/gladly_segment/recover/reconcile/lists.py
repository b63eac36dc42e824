"""What Gladly's lists tell of a span of time, and from which of them it is read."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, time, timedelta
from itertools import groupby
from typing import Final

import msgspec

from gladly_segment.core.ids import ConversationId
from gladly_segment.core.matching import TOLERANCE
from gladly_segment.core.past import ConversationMerged, PastOccurrence, Span, Told, Unreadable
from gladly_segment.core.readings import EVENTS_REACH
from gladly_segment.core.records import Source
from gladly_segment.ports.past import Reports
from gladly_segment.ports.past_events import PastEvents
from gladly_segment.recover.gap import BEHIND
from gladly_segment.recover.told import told_by_events

__all__ = ["BEHIND", "Listed", "Lists", "Reading", "instead", "readings"]

REPORTED: Final = timedelta(hours=2)
"""What is older is in the report, which is about an hour behind."""

_MOST_AT_ONCE: Final = timedelta(hours=6)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """Hours that one answer of Gladly's serves; `covers` is what is asked for."""

    source: Source
    covers: Span
    spans: tuple[Span, ...]


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """What a list told of the time that it `covers`, ascending by time.

    `unreadable` lines may have been occurrences of any time of it.
    """

    source: Source
    covers: Span
    occurrences: tuple[PastOccurrence, ...] = ()
    merged: frozenset[ConversationId] = frozenset()
    unreadable: int = 0
    calls: int = 1


def readings(spans: Iterable[Span], now: datetime) -> Sequence[Reading]:
    """Say from where spans are read with the fewest calls: by the hour none crosses the midnight of UTC.

    From the Events API while it reaches, else from the report, a day at a time. What neither has is left out.
    """
    ordered = sorted(spans)
    young = [each for each in ordered if _in_reach(each, now)]
    reported = [each for each in ordered if not _in_reach(each, now) and now - each.end >= REPORTED]
    by_day = [tuple(day) for _, day in groupby(reported, key=lambda each: each.start.date())]
    return [*map(_from_report, by_day), *map(_from_events, _runs(young))]


def instead(reading: Reading, now: datetime) -> Sequence[Reading]:
    """Say from where it is read when the Events API does not reach so far back, though by our clock it should."""
    return [_from_report((each,)) for each in reading.spans if now - each.end >= REPORTED]


def _in_reach(span: Span, now: datetime) -> bool:
    return span.start - TOLERANCE >= now - EVENTS_REACH


def _from_report(spans: tuple[Span, ...]) -> Reading:
    midnight = datetime.combine(spans[0].start.date(), time(), UTC)
    return Reading(source=Source.REPORT, covers=Span(midnight, midnight + timedelta(days=1)), spans=spans)


def _from_events(spans: tuple[Span, ...]) -> Reading:
    # What is just outside may be the same as what the journal has just inside.
    covers = Span(spans[0].start - TOLERANCE, spans[-1].end + TOLERANCE)
    return Reading(source=Source.EVENTS_API, covers=covers, spans=spans)


def _runs(spans: Sequence[Span]) -> Iterable[tuple[Span, ...]]:
    run: list[Span] = []
    for each in spans:
        if run and (each.start != run[-1].end or each.end - run[0].start > _MOST_AT_ONCE):
            yield tuple(run)
            run = []
        run.append(each)
    if run:
        yield tuple(run)


class Lists:
    """One organization's lists of the past."""

    def __init__(self, past_events: PastEvents, reports: Reports) -> None:
        self._past_events = past_events
        self._reports = reports

    async def read(self, reading: Reading) -> Listed:
        """Read what a reading asks for. Raises CallFailedError."""
        occurrences: list[PastOccurrence] = []
        merged: set[ConversationId] = set()
        unreadable = 0
        async with aclosing(self._told(reading)) as each_one:
            async for each in each_one:
                match each:
                    case PastOccurrence():
                        occurrences.append(each)
                    case ConversationMerged(conversation=conversation):
                        merged.add(conversation)
                    case Unreadable():
                        unreadable += 1
        return Listed(
            source=reading.source,
            covers=reading.covers,
            occurrences=tuple(sorted(occurrences, key=lambda each: each.at)),
            merged=frozenset(merged),
            unreadable=unreadable,
        )

    def _told(self, reading: Reading) -> AsyncGenerator[Told]:
        covers = reading.covers
        if reading.source is Source.EVENTS_API:
            return told_by_events(self._past_events, covers)
        return self._reports.read(covers.start.date(), (covers.end - timedelta(days=1)).date())
