"""A certificate looked at again from the journal alone."""

from collections import defaultdict
from datetime import timedelta

import msgspec
import pytest

from gladly_segment.core.certificate import Certificate, DifferenceKind, Standing
from gladly_segment.core.ids import ConversationId, Seq
from gladly_segment.core.lifecycle import State
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.past import Span
from gladly_segment.core.records import Source
from gladly_segment.ports.outcomes import Outcome
from gladly_segment.recover.reconcile.again import conversations_in_question, looked_at_again
from gladly_segment.recover.reconcile.lists import Listed
from gladly_segment.recover.reconcile.reckoning import Known, reckon
from tests.support.clock import START
from tests.support.receipts import SHOP
from tests.support.reckoning import HOUR, outcome, told

M = timedelta(minutes=1)


def certificate(*outcomes: Outcome) -> Certificate:
    """Of three conversations, of which the journal has these receipts."""
    tells = Listed(
        source=Source.REPORT,
        covers=Span(START - M, HOUR.end + M),
        occurrences=(told("c-1"), told("c-2"), told("c-3", EventKind.CLOSED, at=START + M)),
    )
    return reckon(SHOP, HOUR, tells, Known(outcomes=outcomes), made_at=HOUR.end).certificate


ALL = (outcome("c-1"), outcome("c-2", seq=2), outcome("c-3", EventKind.CLOSED, at=START + M, seq=3))


def by_conversation(*outcomes: Outcome) -> dict[ConversationId, list[Outcome]]:
    found: defaultdict[ConversationId, list[Outcome]] = defaultdict(list)
    for each in outcomes:
        found[each.conversation].append(each)
    return found


def in_state(received: Outcome, state: State, reason: str = "") -> Outcome:
    return msgspec.structs.replace(received, state=state, reason=reason)


def test_only_what_may_change_is_asked_for() -> None:
    waiting = certificate(ALL[0], in_state(ALL[1], State.RECEIVED))

    assert conversations_in_question(waiting) == ["c-2", "c-3"]


@pytest.mark.parametrize("before", [State.RECEIVED, State.READY, State.PARKED])
def test_what_was_delivered_since_completes_it(before: State) -> None:
    waiting = certificate(ALL[0], in_state(ALL[1], before), ALL[2])

    now = looked_at_again(waiting, by_conversation(*ALL))

    assert waiting.standing is not Standing.COMPLETE
    assert now == certificate(*ALL)
    assert now.standing is Standing.COMPLETE


def test_what_was_suppressed_since_counts_with_its_reason() -> None:
    waiting = certificate(ALL[0], in_state(ALL[1], State.RECEIVED), ALL[2])
    suppressed = in_state(ALL[1], State.SUPPRESSED, "customer_deleted")

    assert looked_at_again(waiting, by_conversation(suppressed)) == certificate(ALL[0], suppressed, ALL[2])


def test_what_became_a_dead_letter_and_was_dropped_is_told_so() -> None:
    certificates = [certificate(ALL[0], in_state(ALL[1], State.RECEIVED), ALL[2])]
    for state, reason in ((State.PARKED, "no_user"), (State.DROPPED, "by_hand")):
        certificates.append(looked_at_again(certificates[-1], by_conversation(in_state(ALL[1], state, reason))))

    told_of = [(each.kind, each.reason) for each in (certificates[1].differences + certificates[2].differences)]
    assert told_of == [(DifferenceKind.PARKED, "no_user"), (DifferenceKind.DROPPED, "by_hand")]
    assert conversations_in_question(certificates[2]) == []


def test_what_was_missing_and_was_brought_in_since_is_found_by_its_moment() -> None:
    lacking = certificate(ALL[0], ALL[1])
    late = outcome("c-3", EventKind.CLOSED, at=START + M + timedelta(milliseconds=700), seq=Seq(9))

    now = looked_at_again(lacking, by_conversation(late))

    assert (lacking.standing, now.standing) == (Standing.INCOMPLETE, Standing.COMPLETE)
    assert (now.in_journal, now.accepted, now.differences) == (3, 3, ())


def test_a_closing_of_another_moment_is_not_what_was_missing() -> None:
    lacking = certificate(ALL[0], ALL[1])
    other = outcome("c-3", EventKind.CLOSED, at=START + 5 * M, seq=9)

    assert looked_at_again(lacking, by_conversation(other)) == lacking


def test_what_was_found_on_its_way_waits() -> None:
    now = looked_at_again(certificate(ALL[0], ALL[1]), by_conversation(in_state(ALL[2], State.READY)))

    assert now == certificate(ALL[0], ALL[1], in_state(ALL[2], State.READY))
    assert now.standing is Standing.WAITING


def test_a_certificate_whose_receipts_are_gone_stays_as_it_is() -> None:
    parked = certificate(ALL[0], in_state(ALL[1], State.PARKED, "no_user"), ALL[2])

    assert looked_at_again(parked, {}) == parked
