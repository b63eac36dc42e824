"""The completeness certificate: what happened at Gladly within an hour, and that all of it came to its end."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from gladly_segment.core.ids import ConversationId, MessageId, OrganizationId, Seq
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.past import Span
from gladly_segment.core.records import Source

HOUR: Final = timedelta(hours=1)


class DifferenceKind(StrEnum):
    """What is particular about an occurrence."""

    RECOVERED = "recovered"
    """The feed had missed it: it was found by comparing, and has been taken in since."""
    MISSING = "missing"
    """Gladly knows of it, and the journal does not."""
    DOUBLED = "doubled"
    """The journal has more than one receipt of it."""
    UNKNOWN = "unknown"
    """The journal has it, and Gladly knows of no such thing."""
    VANISHED = "vanished"
    """The journal has it, and Gladly no longer does: the conversation went in a merge, or with its customer."""
    WAITING = "waiting"
    """It is on its way."""
    PARKED = "parked"
    """It is a dead letter."""
    DROPPED = "dropped"
    """It was a dead letter that somebody gave up."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One occurrence that is not simply at its end, or did not come by itself.

    `seqs` are its receipts, and `message_ids` what Segment knows them by; `reason` says why, where there is a reason.
    """

    kind: DifferenceKind
    conversation: ConversationId
    event: EventKind
    at: datetime
    event_id: str = ""
    seqs: tuple[Seq, ...] = ()
    message_ids: tuple[MessageId, ...] = ()
    reason: str = ""


class Standing(StrEnum):
    """What a certificate says."""

    COMPLETE = "complete"
    """Occurrences at Gladly = in the journal = accepted + suppressed."""
    WAITING = "waiting"
    """What is lacking is on its way."""
    INCOMPLETE = "incomplete"
    """Somebody should look at the differences."""
    ORDERED = "ordered"
    """Somebody wants it made, and it has not been yet."""


OPEN: Final = frozenset(
    {
        DifferenceKind.MISSING,
        DifferenceKind.DOUBLED,
        DifferenceKind.UNKNOWN,
        DifferenceKind.PARKED,
        DifferenceKind.DROPPED,
    }
)
"""Differences that do not go away by themselves."""


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """An organization's reckoning of one span, usually an hour, by Gladly's own times.

    `made_at` is when Gladly was asked; the journal may have been looked at again since. `suppressed` counts by reason;
    `unreadable` are lines of Gladly's list that may have been occurrences. `calls` were made at Gladly for it, and for
    those that the same answer served. What vanished is in its differences only.

    One that is not `in_feed` is of a time before the organization's webhooks came here, wholly or in part: what is
    missing there is for a backfill. One that is `ordered` is to be made, anew where it was before: until then its
    figures are the former ones, or none. `trouble` is why that did not succeed so far.
    """

    organization: OrganizationId
    span: Span
    made_at: datetime
    source: Source
    at_gladly: int
    in_journal: int
    accepted: int
    suppressed: tuple[tuple[str, int], ...] = ()
    unreadable: int = 0
    differences: tuple[Difference, ...] = ()
    calls: int = 0
    in_feed: bool = False
    ordered: bool = False
    trouble: str = ""

    @property
    def ended(self) -> int:
        """Count what came to its end as it should: accepted by Segment, or suppressed."""
        return self.accepted + sum(count for _, count in self.suppressed)

    @property
    def standing(self) -> Standing:
        """Say whether the sum comes out, and if not whether it will by itself."""
        kinds = {each.kind for each in self.differences}
        if self.ordered:
            return Standing.ORDERED
        if kinds & OPEN or self.unreadable:
            return Standing.INCOMPLETE
        if DifferenceKind.WAITING in kinds:
            return Standing.WAITING
        return Standing.COMPLETE if self.at_gladly == self.in_journal == self.ended else Standing.INCOMPLETE


def needs_somebody(certificate: Certificate) -> bool:
    """Tell whether somebody should look at it: not at what was given up by somebody, nor at a time before the feed."""
    if certificate.standing is not Standing.INCOMPLETE or not certificate.in_feed:
        return False
    kinds = {each.kind for each in certificate.differences}
    return bool(certificate.unreadable) or kinds & OPEN != {DifferenceKind.DROPPED}


def complete_until(certificates: Iterable[Certificate]) -> datetime | None:
    """Say up to when everything is complete, of one organization's certificates in the order of their times.

    None where not even the first of those in its feed is.
    """
    until: datetime | None = None
    for each in certificates:
        if not each.in_feed:
            continue
        if each.standing is not Standing.COMPLETE or until not in (None, each.span.start):
            break
        until = each.span.end
    return until


def by_hours(span: Span) -> Sequence[Span]:
    """Cut a span where hours end: certificates are of hours, the first and the last may be of a part of one."""
    spans: list[Span] = []
    start = span.start
    while start < span.end:
        end = min(hour_of(start) + HOUR, span.end)
        spans.append(Span(start, end))
        start = end
    return spans


def hour_of(moment: datetime) -> datetime:
    """Give the beginning of the hour that a moment is in."""
    return moment.replace(minute=0, second=0, microsecond=0)
