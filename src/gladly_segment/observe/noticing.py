"""Keeps what was last noticed of each organization, for the pages that show it."""

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.noticed import Noticeable, Noticed, notice
from gladly_segment.core.signals import Change, OrganizationChanged, Signal
from gladly_segment.ports.clock import Clock


class Noticing:
    """The observer port: remembers the latest of each kind."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._noticed: dict[OrganizationId, Noticed] = {}

    def of(self, organization: OrganizationId) -> Noticed:
        """Give what was noticed of an organization, which may be nothing."""
        return self._noticed.get(organization, Noticed())

    def emit(self, signal: Signal) -> None:
        """See the port."""
        if not isinstance(signal, Noticeable) or signal.organization is None:
            return
        if isinstance(signal, OrganizationChanged) and signal.change is Change.REMOVED:
            self._noticed.pop(signal.organization, None)
            return
        self._noticed[signal.organization] = notice(self.of(signal.organization), signal, self._clock.now())
