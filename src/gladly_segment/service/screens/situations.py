"""How things stand for an organization just now, as far as it explains what became of its events."""

from collections.abc import Sequence

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import State
from gladly_segment.core.organization import Organization
from gladly_segment.core.records import History
from gladly_segment.core.situation import AtGladly, Situation
from gladly_segment.observe import Noticing
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.receipts import Receipts
from gladly_segment.ports.registry import Feeds
from gladly_segment.service.fleet import Fleet
from gladly_segment.service.told import cut_off, kept_since, rate_of


class Situations:
    """Puts it together from the fleet, from what was noticed of it, and from the journal."""

    def __init__(self, fleet: Fleet, noticing: Noticing, receipts: Receipts, feeds: Feeds, clock: Clock) -> None:
        self._fleet = fleet
        self._noticing = noticing
        self._receipts = receipts
        self._feeds = feeds
        self._clock = clock

    def organization(self, name: OrganizationId) -> Organization | None:
        """Give an organization that is served, paused or not. Does not block."""
        return next((each for each in self._fleet.organizations if each.name == name), None)

    async def of(
        self, name: OrganizationId, receipts: Sequence[History], at_gladly: AtGladly | None = None
    ) -> Situation:
        """Tell how things stand for these receipts. Raises JournalUnavailableError."""
        now = self._clock.now()
        organization = self.organization(name)
        noticed = self._noticing.of(name)
        waiting = [each.seq for each in receipts if each.state is State.RECEIVED]
        return Situation(
            now=now,
            organization=name,
            known=organization is not None,
            paused=organization is not None and organization.paused,
            held=noticed.held,
            rate=None if organization is None else rate_of(organization, noticed.limit_per_s, noticed.left),
            ahead=await self._receipts.ahead(waiting) if waiting else {},
            # What an earlier process saw: the guardian looks within a minute of the start.
            feed=noticed.feed or cut_off(await self._feeds.feed(name), now),
            kept_since=None if organization is None else kept_since(organization, now),
            at_gladly=at_gladly,
        )
