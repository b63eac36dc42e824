"""How certificates are written as JSON."""

import msgspec

from gladly_segment.core.certificate import Certificate, Difference
from gladly_segment.core.moments import format_moment


class ShownDifference(msgspec.Struct, frozen=True, rename="camel"):
    """One occurrence that is not simply at its end, or did not come by itself; `numbers` are those of its receipts."""

    kind: str
    conversation: str
    event: str
    at: str
    event_id: str
    numbers: tuple[int, ...]
    message_ids: tuple[str, ...]
    reason: str


class ShownCertificate(msgspec.Struct, frozen=True, rename="camel"):
    """A certificate with what it says (`standing`); `end` is excluded."""

    organization: str
    start: str
    end: str
    standing: str
    made_at: str
    source: str
    at_gladly: int
    in_journal: int
    accepted: int
    suppressed: dict[str, int]
    unreadable: int
    calls: int
    in_feed: bool
    trouble: str
    differences: tuple[ShownDifference, ...]


def shown_certificate(certificate: Certificate) -> ShownCertificate:
    """Write a certificate."""
    return ShownCertificate(
        organization=certificate.organization,
        start=format_moment(certificate.span.start),
        end=format_moment(certificate.span.end),
        standing=certificate.standing,
        made_at=format_moment(certificate.made_at),
        source=certificate.source,
        at_gladly=certificate.at_gladly,
        in_journal=certificate.in_journal,
        accepted=certificate.accepted,
        suppressed=dict(certificate.suppressed),
        unreadable=certificate.unreadable,
        calls=certificate.calls,
        in_feed=certificate.in_feed,
        trouble=certificate.trouble,
        differences=tuple(map(_difference, certificate.differences)),
    )


def _difference(difference: Difference) -> ShownDifference:
    return ShownDifference(
        kind=difference.kind,
        conversation=difference.conversation,
        event=difference.event,
        at=format_moment(difference.at),
        event_id=difference.event_id,
        numbers=difference.seqs,
        message_ids=difference.message_ids,
        reason=difference.reason,
    )
