"""What is known of an organization and the service at a moment, as far as it explains what became of events."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.lifecycle import Stage


class FeedState(StrEnum):
    """What is known of an organization's webhook at Gladly."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    MISSING = "missing"
    """Gladly knows of no webhook that leads here."""
    SILENT = "silent"
    """It is enabled, and nothing has come over it for unusually long."""


class FeedSeen(msgspec.Struct, frozen=True):
    """The feed as it was seen last; `since` is when it was disabled, or when the last event came."""

    state: FeedState
    since: datetime | None = None


class Held(msgspec.Struct, frozen=True):
    """A stage that stands still until somebody mends what is wrong; `detail` is what the vendor answered."""

    stage: Stage
    detail: str


class Rate(msgspec.Struct, frozen=True):
    """Requests a second that we may send to Gladly, the limit they are a share of, and what was left of it last."""

    ours_per_s: int
    limit_per_s: int
    left: int | None = None


class AtGladly(msgspec.Struct, frozen=True):
    """What Gladly says of the conversation now: `found` is False for a 404."""

    found: bool
    created_at: datetime | None = None
    closed_at: datetime | None = None


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """The service as it stands at `now`, for one organization. What is None, or missing, is not known.

    `running` tells whether any service works on the journal. `organization` is None when nobody said which one is
    meant; `known` tells whether the service serves it. `ahead` is how many receipts are before one in the queue for
    Gladly; what ended before `kept_since` is no longer kept.
    """

    now: datetime
    running: bool = True
    organization: OrganizationId | None = None
    known: bool = True
    paused: bool = False
    held: tuple[Held, ...] = ()
    rate: Rate | None = None
    ahead: Mapping[Seq, int] = {}
    feed: FeedSeen | None = None
    kept_since: datetime | None = None
    at_gladly: AtGladly | None = None

    def held_at(self, stage: Stage) -> Held | None:
        """Tell why a stage stands still, if it does."""
        return next((each for each in self.held if each.stage is stage), None)
