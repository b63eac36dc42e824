"""Recovering from Gladly's Events API what the feed of webhooks missed."""

from collections.abc import Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Final

import msgspec

from gladly_segment.core.feed_signals import GapLost, GapRecovered
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import Priority
from gladly_segment.core.records import Receipt, Source
from gladly_segment.mapping.intake import NotAnEvent, take_in
from gladly_segment.mapping.registry import MAPPINGS, PROFILE_CHANGES
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.journal import Journal
from gladly_segment.ports.observer import Observer
from gladly_segment.ports.past_events import PastEvents
from gladly_segment.ports.registry import Feeds
from gladly_segment.recover.taking_in import append_all

BEHIND: Final = timedelta(seconds=20)
"""The Events API is up to 15 s behind (Gladly fact sheet, recovering what was missed); the rest is for clocks."""

_REACH: Final = timedelta(hours=24) - timedelta(minutes=1)
"""How far back it goes, less what its clock may be ahead of ours."""

_WANTED: Final = MAPPINGS.keys() | PROFILE_CHANGES
_AT_ONCE: Final = 64
"""Receipts that share a sync."""

_NOTE_EVERY: Final = 16
"""Portions after which progress is noted."""


class _Count:
    def __init__(self) -> None:
        self.new = 0
        self.known = 0
        self.unreadable = 0


class GapRecovery:
    """Appends one organization's past events as if they had come by webhook: what came is recognised by its key."""

    def __init__(
        self,
        organization: OrganizationId,
        past_events: PastEvents,
        journal: Journal,
        feeds: Feeds,
        clock: Clock,
        observer: Observer,
    ) -> None:
        self._organization = organization
        self._past_events = past_events
        self._journal = journal
        self._feeds = feeds
        self._clock = clock
        self._observer = observer
        self._read: tuple[datetime, datetime] | None = None

    async def run(self, start: datetime, end: datetime) -> int:
        """Read [start, end) and append what is missing; tell how much that was.

        What was read by an earlier run is read again only as far back as the Events API may have been behind. When
        cut short, the next run goes on about where this one came to. What is out of the API's reach is told as lost.
        Raises CallFailedError and JournalUnavailableError.
        """
        wanted, reachable = self._unread(start), self._clock.now() - _REACH
        begin = max(wanted, reachable)
        count = _Count()
        if begin < end:
            await self._take(begin, end, count)
        self._note_read(start, end)
        if wanted < reachable:
            self._observer.emit(GapLost(self._organization, wanted, min(reachable, end)))
        if begin < end:
            self._observer.emit(GapRecovered(self._organization, begin, end, count.new, count.known, count.unreadable))
        return count.new

    def _unread(self, start: datetime) -> datetime:
        if self._read is None or not self._read[0] <= start <= self._read[1]:
            return start
        return max(start, self._read[1] - BEHIND)

    def _note_read(self, start: datetime, until: datetime) -> None:
        reaches_back = self._read is not None and self._read[0] <= start <= self._read[1]
        self._read = (self._read[0] if self._read is not None and reaches_back else start, until)

    async def _take(self, start: datetime, end: datetime, count: _Count) -> None:
        portion: list[Receipt] = []
        portions = 0
        async with aclosing(self._past_events.read(start, end)) as lines:
            async for line in lines:
                receipt = self._receipt(line, count)
                if receipt is not None:
                    portion.append(receipt)
                if len(portion) == _AT_ONCE:
                    await self._append(portion, count)
                    portions += 1
                    if portions % _NOTE_EVERY == 0:
                        await self._note_progress(start, portion[-1].occurred_at)
                    portion = []
        await self._append(portion, count)

    def _receipt(self, line: bytes, count: _Count) -> Receipt | None:
        taken = take_in(line, organization=self._organization, received_at=self._clock.now(), source=Source.EVENTS_API)
        if isinstance(taken, NotAnEvent):
            count.unreadable += 1
        if not isinstance(taken, Receipt) or taken.event_type not in _WANTED:
            return None
        return msgspec.structs.replace(taken, priority=Priority.GAP)

    async def _append(self, portion: Sequence[Receipt], count: _Count) -> None:
        new = await append_all(self._journal, portion, self._observer)
        count.new += new
        count.known += len(portion) - new

    async def _note_progress(self, start: datetime, until: datetime | None) -> None:
        if until is None:
            return
        self._note_read(start, until)
        feed = await self._feeds.feed(self._organization)
        if feed.whole_until is None or feed.whole_until < until:
            await self._feeds.note_feed(msgspec.structs.replace(feed, whole_until=until))
