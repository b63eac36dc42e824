"""How an organization's certificates stand, told when it changes."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from gladly_segment.core.certificate import (
    OPEN,
    Certificate,
    DifferenceKind,
    Standing,
    complete_until,
    needs_somebody,
)
from gladly_segment.core.certificate_signals import Completeness, HoursComplete, HoursIncomplete
from gladly_segment.core.ids import OrganizationId
from gladly_segment.ports.certificates import Certificates
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.observer import Observer

_LOOKED_AT: Final = timedelta(days=7)
_STAYS: Final = timedelta(minutes=30)
"""What is incomplete for less may not have been looked at again yet."""


class Standings:
    """Looks at the certificates of the last week."""

    def __init__(
        self, organization: OrganizationId, certificates: Certificates, clock: Clock, observer: Observer
    ) -> None:
        self._organization = organization
        self._certificates = certificates
        self._clock = clock
        self._observer = observer
        self._told: Completeness | None = None
        self._called: HoursIncomplete | None = None

    async def tell(self) -> None:
        """Tell how they stand, unless nothing changed since. Raises JournalUnavailableError."""
        now = self._clock.now()
        kept = await self._certificates.certificates(self._organization, now - _LOOKED_AT, now)
        fed = [each for each in kept if each.in_feed]
        if (stands := self._completeness(fed)) != self._told:
            self._told = stands
            self._observer.emit(stands)
        self._call([each for each in fed if _calls(each, now)])

    def _completeness(self, certificates: Sequence[Certificate]) -> Completeness:
        standings = [each.standing for each in certificates]
        return Completeness(
            organization=self._organization,
            certified_until=certificates[-1].span.end if certificates else None,
            complete_until=complete_until(certificates),
            waiting=standings.count(Standing.WAITING),
            incomplete=standings.count(Standing.INCOMPLETE),
        )

    def _call(self, incomplete: Sequence[Certificate]) -> None:
        if not incomplete:
            if self._called is not None:
                self._called = None
                self._observer.emit(HoursComplete(self._organization))
            return
        call = HoursIncomplete(
            self._organization, len(incomplete), min(each.span.start for each in incomplete), _kinds(incomplete)
        )
        if call != self._called:
            self._called = call
            self._observer.emit(call)


def _calls(certificate: Certificate, now: datetime) -> bool:
    return needs_somebody(certificate) and now - certificate.span.end >= _STAYS


def _kinds(certificates: Iterable[Certificate]) -> tuple[DifferenceKind, ...]:
    there = {each.kind for certificate in certificates for each in certificate.differences}
    return tuple(kind for kind in DifferenceKind if kind in there & OPEN)
