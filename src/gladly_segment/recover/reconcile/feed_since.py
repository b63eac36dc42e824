"""Since when an organization's webhooks come here: what happened before is for a backfill."""

from datetime import datetime, timedelta
from typing import Final

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.records import Source
from gladly_segment.ports.certificates import Certificates
from gladly_segment.ports.outcomes import Outcomes
from gladly_segment.ports.registry import AuditTrail, Feeds
from gladly_segment.recover.reconcile.due import REACHES_BACK

_KEPT: Final = timedelta(days=35)
"""Certificates of so long ago may tell."""

_DAY: Final = timedelta(hours=24)
"""Where there is no certificate yet, the day of the last webhook is the first that is made up for: of days before, what
came may have been deleted since."""

_LEFT: Final = frozenset({"disconnected", "removed"})
"""What happens to an organization that was taken out, and connected again later, in between is not made up for."""

_ACTIONS: Final = 200


class FeedSince:
    """Finds it out once, from the certificates that there are, or else from the last day on which webhooks came."""

    def __init__(
        self,
        organization: OrganizationId,
        *,
        feeds: Feeds,
        trail: AuditTrail,
        outcomes: Outcomes,
        certificates: Certificates,
    ) -> None:
        self._organization = organization
        self._feeds = feeds
        self._trail = trail
        self._outcomes = outcomes
        self._certificates = certificates
        self._since: datetime | None = None

    async def at(self, now: datetime) -> datetime | None:
        """Give the moment; None while nothing came and the webhook was never seen enabled.

        Raises JournalUnavailableError.
        """
        if self._since is None:
            left_at = await self._left_at(now)
            self._since = await self._first_certified(left_at, now) or await self._first_heard(left_at, now)
        return self._since

    async def _left_at(self, now: datetime) -> datetime:
        """Give when the organization was taken out for the last time, as far as that matters."""
        actions = await self._trail.actions(self._organization, _ACTIONS)
        return max([each.at for each in actions if each.what in _LEFT], default=now - _KEPT)

    async def _first_certified(self, left_at: datetime, now: datetime) -> datetime | None:
        kept = await self._certificates.certificates(self._organization, max(left_at, now - _KEPT), now)
        return next((each.span.start for each in kept if each.in_feed), None)

    async def _first_heard(self, left_at: datetime, now: datetime) -> datetime | None:
        end, oldest = now, max(left_at, now - REACHES_BACK)
        while end > oldest:
            received = await self._outcomes.within(self._organization, max(end - _DAY, oldest), end)
            for each in received:
                if each.source is Source.WEBHOOK:
                    return each.occurred_at
            end -= _DAY
        feed = await self._feeds.feed(self._organization)
        return None if feed.whole_until is None else now
