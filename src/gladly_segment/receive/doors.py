"""The organizations that webhooks may be for, just now."""

from collections.abc import Mapping
from typing import Final

import msgspec

from gladly_segment.core.credentials import WebhookCredentials
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Limits
from gladly_segment.core.throttle import Bucket
from gladly_segment.receive.credentials import Verifier

_BURST_S: Final = 2.0
_LEAST_BURST: Final = 10.0


class Door(msgspec.Struct, frozen=True):
    """What a webhook of an organization must bring along, and how many may come."""

    credentials: WebhookCredentials
    limits: Limits


class Entrance(msgspec.Struct, frozen=True):
    """A door while the receiver runs: `verifier` checks who calls, `backlog` bounds what may wait."""

    verifier: Verifier
    backlog: int | None
    bucket: Bucket | None

    def wait_s(self, now: float) -> float:
        """Let one webhook in and give 0, or tell how long until one more may come. `now` is in monotonic seconds."""
        return 0.0 if self.bucket is None else self.bucket.wait_s(now)


class Doors:
    """Who is let in; replaced as a whole while the receiver runs."""

    def __init__(self) -> None:
        self._entrances: Mapping[OrganizationId, Entrance] = {}

    def replace(self, doors: Mapping[OrganizationId, Door]) -> None:
        """Know these organizations from now on, and no others. Does not block."""
        self._entrances = {name: self._entrance(name, door) for name, door in doors.items()}

    def find(self, organization: OrganizationId) -> Entrance | None:
        """Give an organization's entrance, or None when it is not known."""
        return self._entrances.get(organization)

    def _entrance(self, name: OrganizationId, door: Door) -> Entrance:
        return Entrance(Verifier(door.credentials), door.limits.backlog, self._bucket(name, door.limits.webhooks_per_s))

    def _bucket(self, name: OrganizationId, per_s: float | None) -> Bucket | None:
        if per_s is None:
            return None
        former = self._entrances.get(name)
        if former is not None and former.bucket is not None and former.bucket.per_s == per_s:
            # A flood must not get a new allowance each time that anything else is changed.
            return former.bucket
        return Bucket(per_s, max(_LEAST_BURST, per_s * _BURST_S))
