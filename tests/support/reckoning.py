"""Builders of what Gladly's lists tell, and of what the journal has."""

from datetime import datetime, timedelta
from typing import Any, Final

from gladly_segment.core import identity
from gladly_segment.core.certificate import Certificate, Difference, DifferenceKind
from gladly_segment.core.ids import ConversationId, CustomerId, Seq
from gladly_segment.core.lifecycle import State
from gladly_segment.core.moments import format_moment
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.past import PastOccurrence, Span
from gladly_segment.core.records import Source
from gladly_segment.ports.outcomes import Outcome
from gladly_segment.recover.reconcile.lists import Listed
from gladly_segment.recover.reconcile.reckoning import Known, Reckoned, reckon
from tests.support.clock import START
from tests.support.receipts import SHOP

HOUR: Final = Span(START, START + timedelta(hours=1))
"""The hour that is certified in tests."""


def told(
    conversation: str = "c-1",
    kind: EventKind = EventKind.CREATED,
    *,
    at: datetime = START,
    source: Source = Source.EVENTS_API,
) -> PastOccurrence:
    """An occurrence of a list."""
    return PastOccurrence(
        kind=kind,
        conversation=ConversationId(conversation),
        customer=CustomerId("u-1"),
        at=at,
        told=format_moment(at),
        source=source,
        event_id=f"{kind}-{conversation}",
    )


def outcome(
    conversation: str = "c-1",
    kind: EventKind = EventKind.CREATED,
    *,
    at: datetime = START,
    seq: int = 1,
    state: State = State.DELIVERED,
    reason: str = "",
    source: Source = Source.WEBHOOK,
) -> Outcome:
    """A receipt of it, under the name that a webhook would give it."""
    name = ConversationId(conversation)
    key = identity.created_key(SHOP, name)
    if kind is EventKind.CLOSED:
        key = identity.closed_key(SHOP, name, format_moment(at)) or key
    return Outcome(
        seq=Seq(seq),
        key=key,
        conversation=name,
        kind=kind,
        occurred_at=at,
        event_id=f"{kind}-{conversation}",
        source=source,
        state=state,
        reason=reason,
        message_id=identity.message_id(key),
    )


AROUND: Final = Span(HOUR.start - timedelta(seconds=1), HOUR.end + timedelta(seconds=1))
LATER: Final = HOUR.end + timedelta(minutes=10)


def listed(*occurrences: PastOccurrence, covers: Span = AROUND, **fields: Any) -> Listed:
    """A list of the Events API of the hour and a second around it."""
    ordered = tuple(sorted(occurrences, key=lambda each: each.at))
    return Listed(source=Source.EVENTS_API, covers=covers, occurrences=ordered, **fields)


def reckoned(tells: Listed, *outcomes: Outcome, span: Span = HOUR, **fields: Any) -> Reckoned:
    """What is reckoned of a list and receipts, of an hour that webhooks came in; `fields` are of what is known."""
    others: dict[str, Any] = {"feed_since": START - timedelta(days=1), **fields}
    return reckon(SHOP, span, tells, Known(outcomes=outcomes, **others), made_at=LATER)


def certified(tells: Listed, *outcomes: Outcome, **fields: Any) -> Certificate:
    """The certificate of it."""
    return reckoned(tells, *outcomes, **fields).certificate


def kinds(certificate: Certificate) -> list[DifferenceKind]:
    """The kinds of its differences."""
    return [each.kind for each in certificate.differences]


def the_only(certificate: Certificate) -> Difference:
    """Its only difference."""
    (difference,) = certificate.differences
    return difference


def sums(certificate: Certificate) -> tuple[int, int, int]:
    """At Gladly, in the journal, and ended as it should."""
    return certificate.at_gladly, certificate.in_journal, certificate.ended
