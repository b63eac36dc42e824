"""A certificate looked at again, from the journal alone: what waited may have come to its end. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from gladly_segment.core.certificate import Certificate, Difference, DifferenceKind
from gladly_segment.core.ids import ConversationId
from gladly_segment.core.lifecycle import State
from gladly_segment.core.matching import match
from gladly_segment.core.occurrence import EventKind
from gladly_segment.ports.outcomes import Outcome

UNENDED: Final[Mapping[State, DifferenceKind]] = {
    State.RECEIVED: DifferenceKind.WAITING,
    State.READY: DifferenceKind.WAITING,
    State.PARKED: DifferenceKind.PARKED,
    State.DROPPED: DifferenceKind.DROPPED,
}
"""What is particular about an occurrence whose receipt is in a state; in any other it has ended as it should."""

_CHANGING: Final = frozenset({DifferenceKind.MISSING, DifferenceKind.WAITING, DifferenceKind.PARKED})

_Known = Mapping[ConversationId, Sequence[Outcome]]


def conversations_in_question(certificate: Certificate) -> Sequence[ConversationId]:
    """Give the conversations whose receipts say how a certificate stands now."""
    return list(dict.fromkeys(each.conversation for each in certificate.differences if each.kind in _CHANGING))


def looked_at_again(certificate: Certificate, known: Mapping[ConversationId, Sequence[Outcome]]) -> Certificate:
    """Bring a certificate up to date with the receipts of the conversations in question.

    What was missing is in the journal once a backfill or a late webhook brought it.
    """
    changing = [each for each in certificate.differences if each.kind in _CHANGING]
    found = {**_by_number(changing, known), **_missed(changing, known)}
    suppressed = Counter(dict(certificate.suppressed))
    accepted, come = certificate.accepted, 0
    differences: list[Difference] = []
    for each in certificate.differences:
        outcome = found.get(each)
        if outcome is None:
            differences.append(each)
            continue
        come += each.kind is DifferenceKind.MISSING
        if (kind := UNENDED.get(outcome.state)) is not None:
            differences.append(_standing(each, kind, outcome))
        elif outcome.state is State.DELIVERED:
            accepted += 1
        else:
            suppressed[outcome.reason] += 1
    return msgspec.structs.replace(
        certificate,
        in_journal=certificate.in_journal + come,
        accepted=accepted,
        suppressed=tuple(sorted(suppressed.items())),
        differences=tuple(differences),
    )


def _by_number(changing: Collection[Difference], known: _Known) -> Mapping[Difference, Outcome]:
    outcomes = {outcome.seq: outcome for each in known.values() for outcome in each}
    return {each: outcomes[each.seqs[0]] for each in changing if each.seqs and each.seqs[0] in outcomes}


class _Missed(msgspec.Struct, frozen=True):
    difference: Difference

    @property
    def conversation(self) -> ConversationId:
        return self.difference.conversation

    @property
    def kind(self) -> EventKind:
        return self.difference.event

    @property
    def at(self) -> datetime:
        return self.difference.at


def _missed(changing: Collection[Difference], known: _Known) -> Mapping[Difference, Outcome]:
    missed = [_Missed(each) for each in changing if each.kind is DifferenceKind.MISSING]
    conversations = {each.conversation for each in missed}
    outcomes = [outcome for name in sorted(conversations) for outcome in known.get(name, ())]
    return {each.difference: outcome for each, outcome in match(missed, outcomes).pairs}


def _standing(difference: Difference, kind: DifferenceKind, outcome: Outcome) -> Difference:
    return msgspec.structs.replace(
        difference,
        kind=kind,
        seqs=(outcome.seq,),
        message_ids=(outcome.message_id,) if outcome.message_id else (),
        reason=outcome.reason,
    )
