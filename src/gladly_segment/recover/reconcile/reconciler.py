"""The task that certifies one organization's hours as they end, and whenever somebody orders it."""

import zlib
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from gladly_segment.core.certificate import HOUR, Certificate, Standing
from gladly_segment.core.errors import CallFailedError, JournalDamagedError, JournalUnavailableError
from gladly_segment.core.failures import FailureKind
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.past import Span
from gladly_segment.core.records import Source
from gladly_segment.core.signals import JournalTrouble
from gladly_segment.ports.certificates import Certificates
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.observer import Observer
from gladly_segment.ports.outcomes import Outcomes
from gladly_segment.recover.reconcile.certifying import Certifier
from gladly_segment.recover.reconcile.due import AFTER, REACHES_BACK, hours_due, is_asked_again, is_over
from gladly_segment.recover.reconcile.failing import Failing
from gladly_segment.recover.reconcile.feed_since import FeedSince
from gladly_segment.recover.reconcile.lists import BEHIND, Reading, instead, readings
from gladly_segment.recover.reconcile.standings import Standings

BEAT_S: Final = 2.0
"""How often it is looked whether somebody ordered something."""

_WAITING_EVERY: Final = timedelta(seconds=5)
_FIRST_AFTER: Final = timedelta(minutes=1)
"""What the service missed while it was away the guardian reads at its start: hours can wait until it did."""

_INCOMPLETE_EVERY: Final = timedelta(minutes=5)
_HOURS_EVERY: Final = timedelta(minutes=1)
_AGAIN_AFTER: Final = timedelta(minutes=5)
_ORDERS_AGAIN_AFTER: Final = timedelta(minutes=1)
_RESTS_FOR: Final = timedelta(minutes=1)

_TURNS: Final = timedelta(minutes=5)
"""Over so long are organizations spread when an hour has ended."""

_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


class Reconciler:
    """Certifies one organization."""

    def __init__(
        self,
        organization: OrganizationId,
        certifier: Certifier,
        feed_since: FeedSince,
        *,
        outcomes: Outcomes,
        certificates: Certificates,
        clock: Clock,
        observer: Observer,
    ) -> None:
        self._organization = organization
        self._certifier = certifier
        self._feed_since = feed_since
        self._outcomes = outcomes
        self._certificates = certificates
        self._clock = clock
        self._observer = observer
        self._standings = Standings(organization, certificates, clock, observer)
        self._failing = Failing(organization, observer)
        turn = zlib.crc32(organization.encode()) / 2**32
        self._lag = AFTER + _TURNS * turn
        self._certified: set[datetime] | None = None
        self._orders_at = self._waiting_at = self._incomplete_at = clock.now()
        self._hours_at = clock.now() + _FIRST_AFTER * (1 + turn)

    async def run(self) -> None:
        """Certify until cancelled. Raises JournalDamagedError."""
        while True:
            more = await self.beat()
            await self._clock.sleep(0.0 if more else BEAT_S)

    async def beat(self) -> bool:
        """Do what is due; tell whether more was ordered than was done. Raises JournalDamagedError."""
        try:
            more = await self.serve_orders()
            await self._do_hours()
            await self._look_again()
        except JournalDamagedError:
            raise
        except JournalUnavailableError as error:
            self._observer.emit(JournalTrouble(error.message))
            await self._clock.sleep(_RESTS_FOR.total_seconds())
            return False
        return more

    async def serve_orders(self) -> bool:
        """Make what one answer of Gladly's serves of what was ordered; tell whether there is more.

        Raises JournalUnavailableError.
        """
        now = self._clock.now()
        if now < self._orders_at:
            return False
        ordered = await self._certificates.saying(self._organization, {Standing.ORDERED}, _LONG_AGO)
        planned = readings([each.span for each in ordered if now - each.span.end >= BEHIND], now)
        if not planned:
            return False
        trouble = await self._make(planned[0])
        if trouble:
            self._orders_at = self._clock.now() + _ORDERS_AGAIN_AFTER
            await self._tell_trouble(ordered, planned[0].spans, trouble)
            return False
        await self._standings.tell()
        return len(planned) > 1

    async def _tell_trouble(self, ordered: Sequence[Certificate], spans: Collection[Span], trouble: str) -> None:
        for each in ordered:
            if each.span in spans and each.trouble != trouble:
                await self._certificates.put(msgspec.structs.replace(each, trouble=trouble))

    async def _do_hours(self) -> None:
        now = self._clock.now()
        if now < self._hours_at:
            return
        self._hours_at = now + _HOURS_EVERY
        spans = await self._due(now)
        for reading in readings(spans, now):
            trouble = await self._make(reading)
            if trouble:
                self._hours_at = self._clock.now() + _AGAIN_AFTER
                self._failing.note(spans[0], trouble, self._clock.now())
                return
        if spans:
            self._failing.over()
            await self._standings.tell()

    async def _due(self, now: datetime) -> Sequence[Span]:
        since = await self._feed_since.at(now)
        if since is None:
            return ()
        certified = await self._whole_hours(now)
        due = [each for each in hours_due(since, certified, now, self._lag) if await self._is_over(each, now)]
        incomplete = await self._certificates.saying(self._organization, {Standing.INCOMPLETE}, now - REACHES_BACK)
        again = [each.span for each in incomplete if is_asked_again(each, now)]
        return sorted({*due, *again})

    async def _whole_hours(self, now: datetime) -> set[datetime]:
        if self._certified is None:
            kept = await self._certificates.certificates(self._organization, now - REACHES_BACK - HOUR, now)
            self._certified = {each.span.start for each in kept if each.span.end - each.span.start == HOUR}
        return self._certified

    async def _is_over(self, hour: Span, now: datetime) -> bool:
        if is_over(hour, None, now):
            return True
        later = await self._outcomes.within(self._organization, hour.end, now + HOUR)
        return is_over(hour, later[-1].occurred_at if later else None, now)

    async def _make(self, reading: Reading) -> str:
        """Make certificates; say what kept it from being done, if anything."""
        now = self._clock.now()
        since = await self._feed_since.at(now)
        try:
            await self._certifier.make(reading, since)
        except CallFailedError as error:
            others = instead(reading, now) if _is_out_of_reach(reading, error) else ()
            if not others:
                return error.message
            return next(filter(None, [await self._make(each) for each in others]), "")
        await self._note_made(reading.spans, now)
        return ""

    async def _note_made(self, spans: Collection[Span], now: datetime) -> None:
        certified = await self._whole_hours(now)
        certified.update(each.start for each in spans if each.end - each.start == HOUR)

    async def _look_again(self) -> None:
        now = self._clock.now()
        standings = set[Standing]()
        if now >= self._waiting_at:
            self._waiting_at = now + _WAITING_EVERY
            standings.add(Standing.WAITING)
        if now >= self._incomplete_at:
            self._incomplete_at = now + _INCOMPLETE_EVERY
            standings.add(Standing.INCOMPLETE)
        if not standings:
            return
        found = await self._certificates.saying(self._organization, standings, now - REACHES_BACK)
        changed = [await self._certifier.look_again(each) for each in found if _is_looked_at(each)]
        if any(changed) or Standing.INCOMPLETE in standings:
            await self._standings.tell()


def _is_out_of_reach(reading: Reading, error: CallFailedError) -> bool:
    """Tell whether the Events API refused the time that it was asked for: our clock is behind Gladly's."""
    return reading.source is Source.EVENTS_API and error.failure.kind is FailureKind.REFUSED


def _is_looked_at(certificate: Certificate) -> bool:
    # Of a time before the feed thousands may be missing, which only a backfill brings.
    return certificate.in_feed or certificate.standing is Standing.WAITING
