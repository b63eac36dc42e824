"""Making certificates: Gladly's list against the journal, what is missing taken in, what is unknown asked for."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec

from gladly_segment.core.certificate import Certificate
from gladly_segment.core.certificate_signals import Certified
from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.ids import ConversationId, OrganizationId
from gladly_segment.core.lifecycle import Priority
from gladly_segment.core.matching import TOLERANCE
from gladly_segment.core.past import PastOccurrence, Span
from gladly_segment.core.records import Receipt
from gladly_segment.mapping.intake import take_in
from gladly_segment.mapping.past import past_body
from gladly_segment.ports.certificates import Certificates
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.entities import Entities, Gone
from gladly_segment.ports.journal import Journal
from gladly_segment.ports.observer import Observer
from gladly_segment.ports.outcomes import Outcomes
from gladly_segment.recover.lookup import Lookup, portions
from gladly_segment.recover.reconcile.again import conversations_in_question, looked_at_again
from gladly_segment.recover.reconcile.lists import Listed, Lists, Reading
from gladly_segment.recover.reconcile.reckoning import Known, Reckoned, keys_of_missing, one_sided, reckon
from gladly_segment.recover.taking_in import append_all

_SURROUNDINGS: Final = 2 * TOLERANCE
_APPENDED_AT_ONCE: Final = 64
_ASKED_FOR_AT_ONCE: Final = 50
"""Conversations that Gladly is asked for when a certificate is made; others are when it is made again."""

_REMEMBERED: Final = 50_000


class Certifier:
    """Makes one organization's certificates."""

    def __init__(
        self,
        organization: OrganizationId,
        lists: Lists,
        entities: Entities,
        *,
        outcomes: Outcomes,
        certificates: Certificates,
        journal: Journal,
        clock: Clock,
        observer: Observer,
    ) -> None:
        """`entities` are asked for conversations that only the journal knows, as the past is: after all others."""
        self._organization = organization
        self._lists = lists
        self._entities = entities
        self._outcomes = outcomes
        self._lookup = Lookup(organization, outcomes)
        self._certificates = certificates
        self._journal = journal
        self._clock = clock
        self._observer = observer
        self._gone: set[ConversationId] = set()

    async def make(self, reading: Reading, feed_since: datetime | None) -> None:
        """Read what Gladly tells, take in what is missing since `feed_since`, and keep a certificate for each span.

        Raises CallFailedError and JournalUnavailableError; certificates that are kept by then stand.
        """
        listed = await self._lists.read(reading)
        for span in reading.spans:
            certificate = await self._certify(span, listed, feed_since)
            await self._certificates.put(certificate)
            self._observer.emit(_certified(certificate))

    async def look_again(self, certificate: Certificate) -> bool:
        """Bring one up to date from the journal alone; tell whether it changed. Raises JournalUnavailableError."""
        known = await self._lookup.of(conversations_in_question(certificate))
        now = looked_at_again(certificate, known)
        if now == certificate:
            return False
        await self._certificates.put(now)
        return True

    async def _certify(self, span: Span, listed: Listed, feed_since: datetime | None) -> Certificate:
        made_at = self._clock.now()
        known = await self._known(span, listed, feed_since)
        reckoned = reckon(self._organization, span, listed, known, made_at=made_at)
        there = await self._ask_for(reckoned.unasked[:_ASKED_FOR_AT_ONCE])
        if reckoned.missing:
            await self._take_in(reckoned)
            known = await self._known(span, listed, feed_since)
        known = msgspec.structs.replace(known, gone=frozenset(self._gone), there=there)
        asked = min(len(reckoned.unasked), _ASKED_FOR_AT_ONCE)
        return reckon(self._organization, span, listed, known, made_at=made_at, calls=asked).certificate

    async def _known(self, span: Span, listed: Listed, feed_since: datetime | None) -> Known:
        outcomes = await self._outcomes.within(self._organization, span.start - _SURROUNDINGS, span.end + _SURROUNDINGS)
        elsewhere = await self._lookup.of(one_sided(span, listed, outcomes))
        everything = {each.seq: each for each in outcomes}
        everything.update((each.seq, each) for some in elsewhere.values() for each in some)
        known = Known(outcomes=[everything[seq] for seq in sorted(everything)], gone=self._gone, feed_since=feed_since)
        keys = keys_of_missing(self._organization, span, listed, known)
        return msgspec.structs.replace(known, forgotten=await self._lookup.forgotten(keys))

    async def _ask_for(self, conversations: Sequence[ConversationId]) -> frozenset[ConversationId]:
        """Ask Gladly for conversations, and give those that are there; note those that are gone."""
        there: set[ConversationId] = set()
        if len(self._gone) > _REMEMBERED:
            self._gone.clear()
        for each in conversations:
            try:
                answer = await self._entities.conversation(each)
            except CallFailedError:
                # It stays unasked, and is asked for when the certificate is made again.
                continue
            if isinstance(answer.value, Gone):
                self._gone.add(each)
            else:
                there.add(each)
        return frozenset(there)

    async def _take_in(self, reckoned: Reckoned) -> None:
        ordered = sorted(reckoned.missing, key=lambda each: each.at)
        for some in portions([each for told in ordered for each in self._receipt(told)], _APPENDED_AT_ONCE):
            await append_all(self._journal, some, self._observer)

    def _receipt(self, told: PastOccurrence) -> Iterable[Receipt]:
        taken = take_in(
            past_body(told), organization=self._organization, received_at=self._clock.now(), source=told.source
        )
        if isinstance(taken, Receipt):
            yield msgspec.structs.replace(taken, priority=Priority.GAP)


def _certified(certificate: Certificate) -> Certified:
    return Certified(
        organization=certificate.organization,
        start=certificate.span.start,
        end=certificate.span.end,
        source=certificate.source,
        standing=certificate.standing,
        at_gladly=certificate.at_gladly,
        in_journal=certificate.in_journal,
        accepted=certificate.accepted,
        suppressed=sum(count for _, count in certificate.suppressed),
        differences=dict(Counter(each.kind for each in certificate.differences)),
    )
