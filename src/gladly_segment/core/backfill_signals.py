"""What backfills tell about themselves."""

from datetime import datetime
from typing import TypeAlias

from gladly_segment.core.backfill import Phase
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.signal import Signaled as _Signal


class BackfillBegan(_Signal, frozen=True):
    """The service works on a backfill of what happened from `start` to `end`, for the first time or again."""

    organization: OrganizationId
    start: datetime
    end: datetime


class BackfillAdvanced(_Signal, frozen=True):
    """How far it is; told about once a second. The counts are those of `Found` and `Progress`."""

    organization: OrganizationId
    found: int
    known: int
    left_out: int
    handed_over: int
    ended: int


class BackfillWaits(_Signal, frozen=True):
    """A backfill does not get on; told once for each trouble, it goes on by itself when that is over."""

    organization: OrganizationId
    detail: str


class BackfillEnded(_Signal, frozen=True):
    """The service no longer works on it: `phase` says why."""

    organization: OrganizationId
    phase: Phase


class BackfillsUnusable(_Signal, frozen=True):
    """The file of backfills cannot be used; it is tried again, and everything else goes on without it."""

    organization: OrganizationId
    detail: str


BackfillSignal: TypeAlias = BackfillBegan | BackfillAdvanced | BackfillWaits | BackfillEnded | BackfillsUnusable
