"""Signals about completeness: hours that were certified, and what keeps them from being complete."""

from datetime import datetime
from typing import TypeAlias

from gladly_segment.core.certificate import DifferenceKind, Standing
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.records import Source
from gladly_segment.core.signal import Signaled as _Signal


class Certified(_Signal, frozen=True):
    """What Gladly told of a span, usually an hour, was compared with the journal; `differences` counts by kind."""

    organization: OrganizationId
    start: datetime
    end: datetime
    source: Source
    standing: Standing
    at_gladly: int
    in_journal: int
    accepted: int
    suppressed: int
    differences: dict[DifferenceKind, int]


class Completeness(_Signal, frozen=True):
    """How an organization's certificates stand: told when that changes.

    `certified_until` is the end of the last hour that was compared, `complete_until` that of the last one before the
    first that is not complete; None before the first. `waiting` and `incomplete` count hours of the last week.
    """

    organization: OrganizationId
    certified_until: datetime | None
    complete_until: datetime | None
    waiting: int
    incomplete: int


class HoursIncomplete(_Signal, frozen=True):
    """`hours` of the last week stay incomplete, the first of them beginning at `since`, for differences of `kinds`."""

    organization: OrganizationId
    hours: int
    since: datetime
    kinds: tuple[DifferenceKind, ...]


class HoursComplete(_Signal, frozen=True):
    """No hour of the last week is incomplete any more."""

    organization: OrganizationId


class CertifyingFailed(_Signal, frozen=True):
    """What happened since a moment could not be compared with Gladly for hours; it is tried again."""

    organization: OrganizationId
    since: datetime
    detail: str


class CertifyingResumed(_Signal, frozen=True):
    """It can be compared again."""

    organization: OrganizationId


CertificateSignal: TypeAlias = (
    Certified | Completeness | HoursIncomplete | HoursComplete | CertifyingFailed | CertifyingResumed
)
