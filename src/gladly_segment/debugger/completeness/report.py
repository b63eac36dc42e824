"""What `/completeness.json` tells: certificates hour by hour with their sums, and the backfills."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from gladly_segment.core.backfill import UNDER_WAY, Backfill, Found, Phase, Plan, Progress, Reading
from gladly_segment.core.certificate import Certificate, Difference, DifferenceKind, Standing
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.records import Source

LOOKED_BACK: Final = timedelta(days=7)
"""Up to when everything is complete is told of so long: what was incomplete before, somebody has decided about."""

MEANINGS: Final[Mapping[DifferenceKind, str]] = {
    DifferenceKind.RECOVERED: "The feed had missed it. It was found by comparing and taken in; nothing is left to do.",
    DifferenceKind.MISSING: "Gladly knows of it, and the journal does not. It is taken in once Gladly can be read.",
    DifferenceKind.DOUBLED: "The journal has more than one receipt of it, so that Segment may count it twice.",
    DifferenceKind.UNKNOWN: "The journal has it, and Gladly knows of no such thing.",
    DifferenceKind.VANISHED: "The journal has it, and Gladly no longer does: the conversation went in a merge, or with"
    " its customer.",
    DifferenceKind.WAITING: "It is on its way.",
    DifferenceKind.PARKED: "It is a dead letter: retry it, or drop it.",
    DifferenceKind.DROPPED: "It was a dead letter that somebody gave up. It will never be in Segment.",
}
"""What each kind of difference means, for a person."""


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """The equation: occurrences at Gladly = in the journal = accepted by Segment + suppressed.

    `suppressed` counts by reason, `differences` by kind.
    """

    at_gladly: int = 0
    in_journal: int = 0
    accepted: int = 0
    suppressed: Mapping[str, int] = {}
    differences: Mapping[str, int] = {}

    @property
    def ended(self) -> int:
        """Count what came to its end as it should."""
        return self.accepted + sum(self.suppressed.values())


class Hour(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate: usually of one hour, from `since` up to `until`, the latter excluded.

    One that is not `in_feed` is of a time before the organization's webhooks came here.
    """

    since: datetime
    until: datetime
    standing: Standing
    source: Source
    made_at: datetime
    sum: Sum
    unreadable: int
    differences: tuple[Difference, ...]
    calls: int
    in_feed: bool
    trouble: str

    @classmethod
    def of(cls, certificate: Certificate) -> "Hour":
        """Give what is shown of one."""
        return cls(
            since=certificate.span.start,
            until=certificate.span.end,
            standing=certificate.standing,
            source=certificate.source,
            made_at=certificate.made_at,
            sum=sum_of([certificate]),
            unreadable=certificate.unreadable,
            differences=certificate.differences,
            calls=certificate.calls,
            in_feed=certificate.in_feed,
            trouble=certificate.trouble,
        )


class OrganizationCompleteness(msgspec.Struct, frozen=True, kw_only=True):
    """One organization. Up to `complete_until` all is complete, of the last week; `certified_until` is the last end.

    `hours` are the certificates of the time that is shown, oldest first, and `sum` is all of them together.
    """

    name: OrganizationId
    complete_until: datetime | None
    certified_until: datetime | None
    sum: Sum
    hours: tuple[Hour, ...]


class BackfillShown(msgspec.Struct, frozen=True, kw_only=True):
    """A backfill of what happened from `since` up to `until`, the latter excluded; see `core/backfill.py`.

    `integrations` is the JSON that its track events carry.
    """

    organization: OrganizationId
    phase: Phase
    since: datetime
    until: datetime
    integrations: str
    ordered_at: datetime
    changed_at: datetime
    readings: tuple[Reading, ...]
    read_until: datetime | None
    found: Found
    plan: Plan | None
    progress: Progress
    trouble: str

    @property
    def is_under_way(self) -> bool:
        """The service works on it."""
        return self.phase in UNDER_WAY

    @property
    def dealt_with(self) -> int:
        """Count the occurrences for which nothing is left to do; never more than there are."""
        return min(self.progress.dealt_with, self.found.occurrences)

    @classmethod
    def of(cls, backfill: Backfill) -> "BackfillShown":
        """Give what is shown of one."""
        order = backfill.order
        return cls(
            organization=order.organization,
            phase=backfill.phase,
            since=order.span.start,
            until=order.span.end,
            integrations=order.integrations.decode(),
            ordered_at=backfill.ordered_at,
            changed_at=backfill.changed_at,
            readings=backfill.readings,
            read_until=backfill.read_until,
            found=backfill.found,
            plan=backfill.plan,
            progress=backfill.progress,
            trouble=backfill.trouble,
        )


class CompletenessReport(msgspec.Struct, frozen=True, kw_only=True):
    """From `since` up to `until` (excluded), of one organization or of all (None).

    `backfills` are the latest, one for each organization that has any; None while their file cannot be read.
    """

    now: datetime
    organization: OrganizationId | None
    since: datetime
    until: datetime
    organizations: tuple[OrganizationCompleteness, ...]
    backfills: tuple[BackfillShown, ...] | None


def sum_of(certificates: Sequence[Certificate]) -> Sum:
    """Add them up."""
    suppressed = Counter[str]()
    for each in certificates:
        suppressed.update(dict(each.suppressed))
    kinds = Counter(difference.kind.value for each in certificates for difference in each.differences)
    return Sum(
        at_gladly=sum(each.at_gladly for each in certificates),
        in_journal=sum(each.in_journal for each in certificates),
        accepted=sum(each.accepted for each in certificates),
        suppressed=dict(sorted(suppressed.items())),
        differences={kind.value: kinds[kind.value] for kind in DifferenceKind if kinds[kind.value]},
    )
