"""What Gladly told of an hour against what the journal has of it: pure."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from gladly_segment.core.certificate import Certificate, Difference, DifferenceKind
from gladly_segment.core.ids import ConversationId, OrganizationId, ReceiptKey
from gladly_segment.core.lifecycle import State, SuppressReason
from gladly_segment.core.matching import TOLERANCE, Matched, match
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.past import PastOccurrence, Span, key_of
from gladly_segment.core.records import Source
from gladly_segment.ports.outcomes import Forgotten, Outcome
from gladly_segment.recover.reconcile.again import UNENDED
from gladly_segment.recover.reconcile.lists import Listed

UNASKED: Final = "not_asked_for_yet"
"""Why something is unknown: whether its conversation is still there has not been asked."""

BEFORE_FEED: Final = "before_the_feed"
"""Why something stays missing: it is of a time before the organization's webhooks came here."""

_VANISHED: Final = frozenset({SuppressReason.CONVERSATION_GONE, SuppressReason.CUSTOMER_DELETED})


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known besides Gladly's list.

    `outcomes` are the journal's around the span, and all of the conversations that one of the two sides lacks; `gone`
    are conversations that Gladly was asked for and does not have, `there` those that it has. From `feed_since` on
    webhooks came here; None: never.
    """

    outcomes: Sequence[Outcome]
    forgotten: Mapping[ReceiptKey, Forgotten] = {}
    gone: Collection[ConversationId] = frozenset()
    there: Collection[ConversationId] = frozenset()
    feed_since: datetime | None = None


class Reckoned(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate, what must be taken in to complete it, and conversations that Gladly should be asked for."""

    certificate: Certificate
    missing: tuple[PastOccurrence, ...] = ()
    unasked: tuple[ConversationId, ...] = ()


def one_sided(span: Span, listed: Listed, outcomes: Iterable[Outcome]) -> Sequence[ConversationId]:
    """Give the conversations of which one side has something that the other lacks."""
    matched = match(_distinct(listed, span), outcomes)
    told = [each.conversation for each in matched.told_only if _within(span, each.at)]
    known = [each.conversation for each in matched.known_only if _within(span, each.occurred_at)]
    return list(dict.fromkeys([*told, *known]))


def keys_of_missing(organization: OrganizationId, span: Span, listed: Listed, known: Known) -> Sequence[ReceiptKey]:
    """Name what Gladly told and no receipt tells of: it may have been forgotten."""
    matched = match(_distinct(listed, span), known.outcomes)
    return [key_of(organization, each) for each in matched.told_only if _within(span, each.at)]


def reckon(
    organization: OrganizationId, span: Span, listed: Listed, known: Known, *, made_at: datetime, calls: int = 0
) -> Reckoned:
    """Reckon one span by Gladly's own times, its end excluded.

    What is counted as in the journal is what Gladly told of, and what it did not tell of and should have.
    """
    matched = match(_distinct(listed, span), known.outcomes)
    books = _Books(organization, span, listed, known, matched)
    books.enter()
    return Reckoned(
        certificate=Certificate(
            organization=organization,
            span=span,
            made_at=made_at,
            source=listed.source,
            at_gladly=books.at_gladly,
            in_journal=books.in_journal,
            accepted=books.accepted,
            suppressed=tuple(sorted(books.suppressed.items())),
            unreadable=listed.unreadable,
            differences=tuple(sorted(books.differences, key=_in_order)),
            calls=listed.calls + calls,
            in_feed=known.feed_since is not None and known.feed_since <= span.start,
        ),
        missing=tuple(books.missing),
        unasked=tuple(dict.fromkeys(books.unasked)),
    )


class _Books:
    """The sums of one span while they are made."""

    def __init__(
        self,
        organization: OrganizationId,
        span: Span,
        listed: Listed,
        known: Known,
        matched: Matched[PastOccurrence, Outcome],
    ) -> None:
        self.at_gladly = self.in_journal = self.accepted = 0
        self.suppressed: Counter[str] = Counter()
        self.differences: list[Difference] = []
        self.missing: list[PastOccurrence] = []
        self.unasked: list[ConversationId] = []
        self._organization = organization
        self._span = span
        self._listed = listed
        self._known = known
        self._matched = matched
        self._created = _by_conversation(known.outcomes, EventKind.CREATED)
        self._closed = _by_conversation((outcome for _, outcome in matched.pairs), EventKind.CLOSED)

    def enter(self) -> None:
        """Enter everything that belongs to the span."""
        for told, outcome in self._matched.pairs:
            if _within(self._span, told.at):
                self.at_gladly += 1
                self._enter_pair(told, outcome)
        for told in self._matched.told_only:
            if _within(self._span, told.at):
                self.at_gladly += 1
                self._enter_told(told)
        for outcome in self._matched.known_only:
            if outcome.occurred_at is not None and _within(self._span, outcome.occurred_at):
                self._enter_known(outcome, outcome.occurred_at)

    def _enter_pair(self, told: PastOccurrence, outcome: Outcome) -> None:
        self._count(outcome.state, outcome.reason)
        if outcome.source is not Source.WEBHOOK and self._came_by_feed(told):
            self._note(DifferenceKind.RECOVERED, told.at, outcome, reason=outcome.source)
        if (kind := UNENDED.get(outcome.state)) is not None:
            self._note(kind, told.at, outcome, reason=outcome.reason)

    def _enter_told(self, told: PastOccurrence) -> None:
        ended = self._known.forgotten.get(key_of(self._organization, told))
        if ended is not None:
            self._count(ended.state, ended.reason)
            if ended.state in UNENDED:
                # Its receipt is deleted: a dead letter that nobody retried in time.
                self._note_told(DifferenceKind.DROPPED, told, ended.reason)
            return
        if self._came_by_feed(told):
            self.missing.append(told)
        self._note_told(DifferenceKind.MISSING, told, "" if self._came_by_feed(told) else BEFORE_FEED)

    def _enter_known(self, outcome: Outcome, at: datetime) -> None:
        if twin := self._twin(outcome):
            self._count(outcome.state, outcome.reason)
            self._note(DifferenceKind.DOUBLED, at, twin, outcome)
            return
        if outcome.conversation in self._listed.merged:
            self._note(DifferenceKind.VANISHED, at, outcome, reason="merged")
            return
        if outcome.conversation in self._known.gone or outcome.reason in _VANISHED:
            self._note(DifferenceKind.VANISHED, at, outcome, reason=outcome.reason or SuppressReason.CONVERSATION_GONE)
            return
        if self._on_the_edge(at):
            return
        self._count(outcome.state, outcome.reason)
        asked = outcome.conversation in self._known.there
        if not asked:
            self.unasked.append(outcome.conversation)
        self._note(DifferenceKind.UNKNOWN, at, outcome, reason="" if asked else UNASKED)

    def _twin(self, outcome: Outcome) -> Outcome | None:
        """Find another receipt of the same occurrence: that of a closing stands beside what was told of it."""
        if outcome.kind is EventKind.CREATED:
            return next((each for each in self._created[outcome.conversation] if each.seq < outcome.seq), None)
        return next((each for each in self._closed[outcome.conversation] if _near(each, outcome)), None)

    def _came_by_feed(self, told: PastOccurrence) -> bool:
        return self._known.feed_since is not None and told.at >= self._known.feed_since

    def _on_the_edge(self, at: datetime) -> bool:
        """Tell whether it may be told of just beyond what was asked for: then it is for the neighbouring span."""
        covers = self._listed.covers
        return at - covers.start < TOLERANCE or covers.end - at <= TOLERANCE

    def _count(self, state: State, reason: str) -> None:
        self.in_journal += 1
        if state is State.DELIVERED:
            self.accepted += 1
        elif state not in UNENDED:
            self.suppressed[reason] += 1

    def _note(self, kind: DifferenceKind, at: datetime, *outcomes: Outcome, reason: str = "") -> None:
        self.differences.append(
            Difference(
                kind=kind,
                conversation=outcomes[-1].conversation,
                event=outcomes[-1].kind,
                at=at,
                event_id=outcomes[-1].event_id,
                seqs=tuple(each.seq for each in outcomes),
                message_ids=tuple(each.message_id for each in outcomes if each.message_id),
                reason=reason,
            )
        )

    def _note_told(self, kind: DifferenceKind, told: PastOccurrence, reason: str) -> None:
        self.differences.append(
            Difference(
                kind=kind,
                conversation=told.conversation,
                event=told.kind,
                at=told.at,
                event_id=told.event_id,
                reason=reason,
            )
        )


def _distinct(listed: Listed, span: Span) -> Iterable[PastOccurrence]:
    """Give what was told of the span and its surroundings, once: a list may tell of something twice."""
    seen: set[tuple[ConversationId, EventKind, datetime | None]] = set()
    first = bisect_left(listed.occurrences, span.start - TOLERANCE, key=_moment)
    last = bisect_right(listed.occurrences, span.end + TOLERANCE, key=_moment)
    for each in listed.occurrences[first:last]:
        name = each.conversation, each.kind, None if each.kind is EventKind.CREATED else each.at
        if name not in seen:
            seen.add(name)
            yield each


def _by_conversation(outcomes: Iterable[Outcome], kind: EventKind) -> Mapping[ConversationId, Sequence[Outcome]]:
    found: defaultdict[ConversationId, list[Outcome]] = defaultdict(list)
    for each in outcomes:
        if each.kind is kind:
            found[each.conversation].append(each)
    return found


def _near(one: Outcome, other: Outcome) -> bool:
    if one.occurred_at is None or other.occurred_at is None:
        return False
    return abs(one.occurred_at - other.occurred_at) <= TOLERANCE


def _moment(told: PastOccurrence) -> datetime:
    return told.at


def _within(span: Span, at: datetime | None) -> bool:
    return at is not None and span.start <= at < span.end


def _in_order(each: Difference) -> tuple[datetime, str, str, str]:
    return each.at, each.conversation, each.event, each.kind
