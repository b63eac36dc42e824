"""The organizations that webhooks may be for, just now."""

from collections.abc import Mapping
from typing import Final

import msgspec

from gladly_segment.core.credentials import WebhookCredentials
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Limits
from gladly_segment.core.secret import Secret
from gladly_segment.core.throttle import Bucket
from gladly_segment.receive.credentials import Verifier

_BURST_S: Final = 2.0
_LEAST_BURST: Final = 10.0


class Door(msgspec.Struct, frozen=True):
    """What a webhook of an organization must bring along, and how many may come.

    `mirror` is the secret that messages for its mirror are signed with; without it there is none.
    """

    credentials: WebhookCredentials
    limits: Limits
    mirror: Secret | None = None


class MirrorEntrance(msgspec.Struct, frozen=True):
    """The way to the mirror of an organization; what comes there takes nothing of what webhooks may."""

    secret: Secret
    bucket: Bucket | None

    def wait_s(self, now: float) -> float:
        """Let one request in and give 0, or tell how long until one more may come. `now` is in monotonic seconds."""
        return 0.0 if self.bucket is None else self.bucket.wait_s(now)


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
        self._mirrors: Mapping[OrganizationId, MirrorEntrance] = {}

    def replace(self, doors: Mapping[OrganizationId, Door]) -> None:
        """Know these organizations from now on, and no others. Does not block."""
        # A flood must not get a new allowance each time that anything else is changed.
        buckets = {name: each.bucket for name, each in self._entrances.items()}
        self._entrances = {
            name: Entrance(
                Verifier(door.credentials), door.limits.backlog, _bucket(buckets.get(name), door.limits.webhooks_per_s)
            )
            for name, door in doors.items()
        }
        buckets = {name: each.bucket for name, each in self._mirrors.items()}
        self._mirrors = {
            name: MirrorEntrance(door.mirror, _bucket(buckets.get(name), door.limits.webhooks_per_s))
            for name, door in doors.items()
            if door.mirror is not None
        }

    def find(self, organization: OrganizationId) -> Entrance | None:
        """Give an organization's entrance, or None when it is not known."""
        return self._entrances.get(organization)

    def find_mirror(self, organization: OrganizationId) -> MirrorEntrance | None:
        """Give the way to an organization's mirror, or None when it is not known or has none."""
        return self._mirrors.get(organization)


def _bucket(former: Bucket | None, per_s: float | None) -> Bucket | None:
    if per_s is None:
        return None
    if former is not None and former.per_s == per_s:
        return former
    return Bucket(per_s, max(_LEAST_BURST, per_s * _BURST_S))
