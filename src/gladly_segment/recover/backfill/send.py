"""Handing gathered occurrences to the journal, a few at a time, and following them to their end."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import msgspec

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import Priority, unsettled
from gladly_segment.core.moments import parse_moment
from gladly_segment.core.past import PastOccurrence, Span
from gladly_segment.core.records import Receipt
from gladly_segment.mapping.intake import take_in
from gladly_segment.mapping.past import past_body
from gladly_segment.ports.backfills import Spool
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.entities import Entities, Gone
from gladly_segment.ports.journal import Journal
from gladly_segment.ports.observer import Observer
from gladly_segment.ports.outcomes import Outcomes
from gladly_segment.recover.backfill.course import Course
from gladly_segment.recover.backfill.recognition import Recognition
from gladly_segment.recover.taking_in import append_all

MOST_IN_HAND: Final = 200
"""So many of them wait in the journal at most: enough to keep the stages busy, few enough to stand in nobody's way."""

_PORTION: Final = 100
_POLL_S: Final = 0.05
_LOOK_EVERY_S: Final = 1.0
_STANDS_STILL_AFTER_S: Final = 30.0
_STANDS_STILL: Final = "what was handed over does not come to its end; gladly-segment doctor tells what stands still"


class Sender:
    """Sends one organization's past. Every method raises what its ports raise."""

    def __init__(
        self,
        organization: OrganizationId,
        spool: Spool,
        recognition: Recognition,
        *,
        journal: Journal,
        outcomes: Outcomes,
        entities: Entities,
        clock: Clock,
        observer: Observer,
        most_in_hand: int = MOST_IN_HAND,
    ) -> None:
        """`entities` are read in the rank of the past."""
        self._organization = organization
        self._spool = spool
        self._recognition = recognition
        self._journal = journal
        self._outcomes = outcomes
        self._entities = entities
        self._clock = clock
        self._observer = observer
        self._most_in_hand = most_in_hand

    async def send(self, course: Course) -> None:
        """Hand over what is left, and wait until all of it has ended."""
        # What was in hand when the service ended may not have reached the journal.
        await self._look(course)
        looked_at = moved_at = self._clock.monotonic()
        everything = False
        while True:
            waiting = await self._outcomes.in_hand(self._organization, Priority.BACKFILL)
            is_full = waiting >= self._most_in_hand
            everything = everything or not (is_full or await self._hand_over(course))
            now = self._clock.monotonic()
            if now - looked_at >= _LOOK_EVERY_S or (everything and not waiting):
                ended = course.progress.ended
                in_hand, looked_at = await self._look(course), now
                if everything and not in_hand:
                    return
                moved_at = now if course.progress.ended > ended or not in_hand else moved_at
                await self._tell(course, now - moved_at)
            if is_full or everything:
                await self._clock.sleep(_POLL_S)

    async def _tell(self, course: Course, still_s: float) -> None:
        if still_s < _STANDS_STILL_AFTER_S:
            await course.well()
        else:
            await course.wait(_STANDS_STILL)

    async def _hand_over(self, course: Course) -> bool:
        """Hand over some; tell whether there were any."""
        portion = await self._spool.next(course.number, min(_PORTION, self._most_in_hand))
        if not portion:
            return False
        known = await self._recognition.known(portion)
        there = {id(each) for each in known}
        new = [each for each in portion if id(each) not in there]
        certain = await asyncio.gather(*(self._made_certain(each, course.order.span) for each in new))
        taken = [each for each in certain if each is not None]
        left_out = [each for each, found in zip(new, certain, strict=True) if found is None]
        await course.move(taken=taken, known=known, left_out=left_out)
        await self._append(course, taken)
        return True

    async def _made_certain(self, occurrence: PastOccurrence, span: Span) -> PastOccurrence | None:
        """Give a creation with its own time; None for one that was not within the span."""
        if occurrence.certain:
            return occurrence
        read = await self._entities.conversation(occurrence.conversation, of=occurrence.customer)
        if isinstance(read.value, Gone):
            return occurrence  # when it was created nobody knows any more, and nothing will be sent
        created_at = parse_moment(read.value.created_at)
        if created_at is None:
            return occurrence
        if not span.start <= created_at < span.end:
            return None
        return msgspec.structs.replace(occurrence, at=created_at, told=read.value.created_at, certain=True)

    async def _append(self, course: Course, occurrences: Sequence[PastOccurrence]) -> None:
        receipts = [self._receipt(each, course.order.integrations) for each in occurrences]
        await append_all(self._journal, receipts, self._observer)

    def _receipt(self, occurrence: PastOccurrence, integrations: bytes) -> Receipt:
        body = past_body(occurrence, integrations)
        now, source = self._clock.now(), occurrence.source
        receipt = take_in(body, organization=self._organization, received_at=now, source=source)
        if not isinstance(receipt, Receipt):
            raise TypeError("the body of an occurrence is an event")
        return msgspec.structs.replace(receipt, priority=Priority.BACKFILL)

    async def _look(self, course: Course) -> int:
        """See what has ended of what is in hand; tell how much has not."""
        in_hand = await self._spool.in_hand(course.number)
        if not in_hand:
            return 0
        receipts = {
            each.key: each for of_one in (await self._recognition.receipts(in_hand)).values() for each in of_one
        }
        absent = [each for each in in_hand if self._recognition.key(each) not in receipts]
        gone = await self._recognition.forgotten(absent)
        ended: defaultdict[tuple[str, str], list[PastOccurrence]] = defaultdict(list)
        for each in in_hand:
            outcome = receipts.get(key := self._recognition.key(each)) or gone.get(key)
            if outcome is not None and not unsettled(outcome.state):
                ended[outcome.state, outcome.reason].append(each)
        if ended:
            await course.move(ended=ended)
        await self._append(course, [each for each in absent if self._recognition.key(each) not in gone])
        return len(in_hand) - sum(map(len, ended.values()))
