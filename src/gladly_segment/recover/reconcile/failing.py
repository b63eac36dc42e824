"""Whether Gladly cannot be asked for so long that somebody should know."""

from datetime import datetime, timedelta
from typing import Final

from gladly_segment.core.certificate_signals import CertifyingFailed, CertifyingResumed
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.past import Span
from gladly_segment.ports.observer import Observer

_FAILING_FOR: Final = timedelta(minutes=30)
_UNCERTIFIED_FOR: Final = timedelta(hours=6)


class Failing:
    """Tells it once, and once that it is over."""

    def __init__(self, organization: OrganizationId, observer: Observer) -> None:
        self._organization = organization
        self._observer = observer
        self._since: datetime | None = None
        self._told = False

    def note(self, oldest: Span, detail: str, now: datetime) -> None:
        """Note that certifying failed; `oldest` is the first span that waits for it."""
        self._since = self._since or now
        lasts = now - self._since >= _FAILING_FOR and now - oldest.end >= _UNCERTIFIED_FOR
        if lasts and not self._told:
            self._told = True
            self._observer.emit(CertifyingFailed(self._organization, oldest.start, detail))

    def over(self) -> None:
        """Note that it succeeded."""
        if self._told:
            self._observer.emit(CertifyingResumed(self._organization))
        self._since, self._told = None, False
