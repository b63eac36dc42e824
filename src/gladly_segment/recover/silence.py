"""A feed that is silent against its usual rhythm, though its webhook is enabled: what does Gladly itself know?"""

from datetime import datetime, timedelta
from typing import Final

from gladly_segment.core.feed_signals import FeedHeard, FeedSilent
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.rhythm import is_unusual
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.observer import Observer
from gladly_segment.ports.pulses import Pulses
from gladly_segment.recover.gap import GapRecovery

_EVERY: Final = timedelta(minutes=10)

_ASKED_FOR: Final = timedelta(hours=12)
"""More is not needed to see that events stay away, and what is older is read long ago."""

_ON_ITS_WAY: Final = timedelta(minutes=6)
"""A younger event may still come: Gladly's second retry is 5.5 minutes after its first attempt (Gladly fact sheet)."""


class SilenceWatch:
    """Asks Gladly's Events API when webhooks stay away for unusually long: what it knows of is recovered and told.

    A quiet day is no alarm: then Gladly knows of nothing either.
    """

    def __init__(
        self, organization: OrganizationId, pulses: Pulses, recovery: GapRecovery, clock: Clock, observer: Observer
    ) -> None:
        self._organization = organization
        self._pulses = pulses
        self._recovery = recovery
        self._clock = clock
        self._observer = observer
        # Not at a start, when all organizations would look at once.
        self._looked_at = clock.now()
        self._silent_since: datetime | None = None
        self._missed = 0

    async def look(self) -> None:
        """Look, unless the last time is not long ago. Raises CallFailedError and JournalUnavailableError."""
        now = self._clock.now()
        if now - self._looked_at < _EVERY:
            return
        self._looked_at = now
        pulse = await self._pulses.pulse(self._organization)
        if pulse.last_at is None:
            return
        if self._silent_since is not None and pulse.last_at > self._silent_since:
            self._silent_since, self._missed = None, 0
            self._observer.emit(FeedHeard(self._organization))
        if is_unusual(pulse.busy_hours, pulse.last_at, now):
            await self._ask(pulse.last_at, now)

    async def _ask(self, last_at: datetime, now: datetime) -> None:
        self._missed += await self._recovery.run(max(last_at, now - _ASKED_FOR), now - _ON_ITS_WAY)
        if self._missed and self._silent_since is None:
            self._silent_since = last_at
            self._observer.emit(FeedSilent(self._organization, last_at, self._missed))
