"""What Gladly told of an hour against what the journal has of it."""

from datetime import timedelta
from typing import Any

import pytest

from gladly_segment.core.certificate import DifferenceKind, Standing
from gladly_segment.core.ids import ConversationId
from gladly_segment.core.lifecycle import ParkCause, State, SuppressReason
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.past import Span, key_of
from gladly_segment.core.records import Source
from gladly_segment.ports.outcomes import Forgotten, Outcome
from gladly_segment.recover.reconcile.lists import Listed
from gladly_segment.recover.reconcile.reckoning import (
    BEFORE_FEED,
    UNASKED,
    Known,
    keys_of_missing,
    one_sided,
    reckon,
)
from tests.support.clock import START
from tests.support.receipts import SHOP
from tests.support.reckoning import HOUR, LATER, certified, kinds, listed, outcome, reckoned, sums, the_only, told

M, S, MS = timedelta(minutes=1), timedelta(seconds=1), timedelta(milliseconds=1)
CLOSED = EventKind.CLOSED


def test_an_hour_is_complete_when_all_of_it_was_accepted_or_suppressed_with_a_reason() -> None:
    certificate = certified(
        listed(told("c-1"), told("c-1", CLOSED, at=START + M), told("c-2")),
        outcome("c-1"),
        outcome("c-1", CLOSED, at=START + M, seq=2),
        outcome("c-2", seq=3, state=State.SUPPRESSED, reason=SuppressReason.CUSTOMER_DELETED),
    )

    assert certificate.standing is Standing.COMPLETE
    assert (certificate.at_gladly, certificate.in_journal, certificate.accepted) == (3, 3, 2)
    assert certificate.suppressed == (("customer_deleted", 1),)
    assert certificate.differences == ()


def test_an_hour_in_which_nothing_happened_is_complete() -> None:
    assert certified(listed()).standing is Standing.COMPLETE


def test_what_is_missing_is_named_and_is_to_be_taken_in() -> None:
    missed = told("c-2", CLOSED, at=START + M)
    result = reckoned(listed(told("c-1"), missed), outcome("c-1"))

    assert result.missing == (missed,)
    difference = the_only(result.certificate)
    assert (difference.kind, difference.conversation, difference.event) == (DifferenceKind.MISSING, "c-2", CLOSED)
    assert (difference.at, difference.event_id) == (START + M, "closed-c-2")
    assert result.certificate.standing is Standing.INCOMPLETE
    assert sums(result.certificate) == (2, 1, 1)


def test_what_is_missing_of_a_time_before_the_feed_is_left_to_a_backfill() -> None:
    result = reckoned(listed(told("c-1"), told("c-2", at=START + 2 * M)), feed_since=START + M)

    assert [each.conversation for each in result.missing] == ["c-2"]
    assert [each.reason for each in result.certificate.differences] == [BEFORE_FEED, ""]
    assert not result.certificate.in_feed


def test_where_no_webhook_ever_came_nothing_is_taken_in() -> None:
    assert reckoned(listed(told("c-1")), feed_since=None).missing == ()


def test_what_was_taken_in_since_is_named_recovered_and_breaks_nothing() -> None:
    certificate = certified(listed(told("c-1")), outcome("c-1", seq=7, source=Source.REPORT))

    assert certificate.standing is Standing.COMPLETE
    difference = the_only(certificate)
    assert (difference.kind, difference.seqs, difference.reason) == (DifferenceKind.RECOVERED, (7,), "report")


def test_what_a_backfill_brought_of_a_time_before_the_feed_is_not_called_recovered() -> None:
    certificate = certified(listed(told("c-1")), outcome("c-1", source=Source.EXPORT), feed_since=START + M)

    assert certificate.differences == ()


def test_a_second_receipt_of_a_creation_is_found_under_whatever_name() -> None:
    second = outcome("c-1", at=START + 5 * M, seq=9)
    certificate = certified(listed(told("c-1")), outcome("c-1"), second)

    difference = the_only(certificate)
    assert (difference.kind, difference.seqs) == (DifferenceKind.DOUBLED, (1, 9))
    assert certificate.standing is Standing.INCOMPLETE
    assert sums(certificate) == (1, 2, 2)


def test_a_second_receipt_of_a_closing_is_named_with_the_first_and_both_message_ids() -> None:
    at = START + M
    first, second = outcome("c-1", CLOSED, at=at, seq=2), outcome("c-1", CLOSED, at=at + 400 * MS, seq=5)
    certificate = certified(listed(told("c-1", CLOSED, at=at)), first, second)

    difference = the_only(certificate)
    assert (difference.kind, difference.seqs) == (DifferenceKind.DOUBLED, (2, 5))
    assert difference.message_ids == (first.message_id, second.message_id)


def test_a_creation_that_was_received_twice_hours_apart_is_doubled_in_the_second_hour() -> None:
    certificate = certified(listed(), outcome("c-1", at=START - 300 * M, seq=1), outcome("c-1", seq=2))

    assert kinds(certificate) == [DifferenceKind.DOUBLED]


def test_two_closings_that_gladly_knows_of_are_no_double() -> None:
    at = START + M
    certificate = certified(
        listed(told("c-1", CLOSED, at=at), told("c-1", CLOSED, at=at + 400 * MS)),
        outcome("c-1", CLOSED, at=at, seq=1),
        outcome("c-1", CLOSED, at=at + 400 * MS, seq=2),
    )

    assert certificate.standing is Standing.COMPLETE


def test_what_a_list_tells_twice_happened_once() -> None:
    certificate = certified(listed(told("c-1"), told("c-1"), told("c-1", at=START + S)), outcome("c-1"))

    assert sums(certificate) == (1, 1, 1)


def test_what_only_the_journal_has_is_unknown_until_gladly_was_asked_for_its_conversation() -> None:
    result = reckoned(listed(), outcome("c-1", seq=4))

    assert result.unasked == ("c-1",)
    difference = the_only(result.certificate)
    assert (difference.kind, difference.seqs, difference.reason) == (DifferenceKind.UNKNOWN, (4,), UNASKED)
    assert result.certificate.standing is Standing.INCOMPLETE
    assert sums(result.certificate) == (0, 1, 1)


def test_what_only_the_journal_has_stays_unknown_when_its_conversation_is_there() -> None:
    result = reckoned(listed(), outcome("c-1"), there=frozenset({ConversationId("c-1")}))

    assert result.unasked == ()
    assert the_only(result.certificate).reason == ""


@pytest.mark.parametrize(
    ("tells", "received", "fields", "reason"),
    [
        (listed(merged=frozenset({ConversationId("c-1")})), outcome("c-1"), {}, "merged"),
        (listed(), outcome("c-1"), {"gone": frozenset({ConversationId("c-1")})}, "conversation_gone"),
        (listed(), outcome("c-1", state=State.SUPPRESSED, reason="conversation_gone"), {}, "conversation_gone"),
        (listed(), outcome("c-1", state=State.SUPPRESSED, reason="customer_deleted"), {}, "customer_deleted"),
    ],
    ids=["told of as merged", "asked for", "was gone when enriched", "customer was gone when enriched"],
)
def test_what_vanished_at_gladly_is_listed_and_breaks_nothing(
    tells: Listed, received: Outcome, fields: dict[str, Any], reason: str
) -> None:
    certificate = certified(tells, received, **fields)

    assert (the_only(certificate).kind, the_only(certificate).reason) == (DifferenceKind.VANISHED, reason)
    assert certificate.standing is Standing.COMPLETE
    assert sums(certificate) == (0, 0, 0)


@pytest.mark.parametrize(
    ("state", "reason", "kind", "standing"),
    [
        (State.RECEIVED, "", DifferenceKind.WAITING, Standing.WAITING),
        (State.READY, "", DifferenceKind.WAITING, Standing.WAITING),
        (State.PARKED, ParkCause.NO_USER, DifferenceKind.PARKED, Standing.INCOMPLETE),
        (State.DROPPED, "by_hand", DifferenceKind.DROPPED, Standing.INCOMPLETE),
    ],
)
def test_what_has_not_ended_as_it_should_is_named(
    state: State, reason: str, kind: DifferenceKind, standing: Standing
) -> None:
    certificate = certified(listed(told("c-1")), outcome("c-1", seq=3, state=state, reason=reason))

    difference = the_only(certificate)
    assert (difference.kind, difference.seqs, difference.reason) == (kind, (3,), reason)
    assert certificate.standing is standing
    assert sums(certificate) == (1, 1, 0)


@pytest.mark.parametrize(
    ("ended", "standing", "accepted"),
    [
        (Forgotten(State.DELIVERED, ""), Standing.COMPLETE, 1),
        (Forgotten(State.SUPPRESSED, "customer_deleted"), Standing.COMPLETE, 0),
        (Forgotten(State.PARKED, "no_user"), Standing.INCOMPLETE, 0),
    ],
)
def test_what_retention_deleted_counts_as_it_ended(ended: Forgotten, standing: Standing, accepted: int) -> None:
    happened = told("c-1", CLOSED, at=START + M)
    certificate = certified(listed(happened), forgotten={key_of(SHOP, happened): ended})

    assert (certificate.standing, certificate.in_journal, certificate.accepted) == (standing, 1, accepted)


def test_what_is_looked_up_as_forgotten_is_what_no_receipt_tells_of() -> None:
    lacking = told("c-2", CLOSED, at=START + M)
    known = Known(outcomes=[outcome("c-1")])

    assert keys_of_missing(SHOP, HOUR, listed(told("c-1"), lacking), known) == [key_of(SHOP, lacking)]


def test_the_conversations_that_one_side_lacks_are_looked_up_whole() -> None:
    tells = listed(told("c-1"), told("c-2"), told("c-late", at=HOUR.end))
    assert one_sided(HOUR, tells, [outcome("c-1"), outcome("c-3", seq=2)]) == ["c-2", "c-3"]


def test_a_creation_is_found_by_its_conversation_whenever_it_was_received_to_have_been() -> None:
    certificate = certified(listed(told("c-1")), outcome("c-1", at=START - 120 * M))

    assert certificate.standing is Standing.COMPLETE


def test_lines_that_cannot_be_read_keep_an_hour_from_being_complete() -> None:
    certificate = certified(listed(unreadable=1))

    assert (certificate.standing, certificate.unreadable) == (Standing.INCOMPLETE, 1)


def test_an_event_on_the_hour_belongs_to_the_hour_that_begins_then() -> None:
    both = listed(told("c-1", CLOSED, at=HOUR.end), covers=Span(HOUR.start - S, HOUR.end + 61 * M))
    received = outcome("c-1", CLOSED, at=HOUR.end)

    assert sums(certified(both, received)) == (0, 0, 0)
    assert sums(certified(both, received, span=Span(HOUR.end, HOUR.end + 60 * M))) == (1, 1, 1)


def test_a_rounded_time_on_the_other_side_of_the_hour_is_the_same_occurrence() -> None:
    rounded = told("c-1", CLOSED, at=HOUR.end)
    received = outcome("c-1", CLOSED, at=HOUR.end - 300 * MS)

    assert certified(listed(rounded), received).standing is Standing.COMPLETE
    following = certified(listed(rounded), received, span=Span(HOUR.end, HOUR.end + 60 * M))
    assert (following.standing, sums(following)) == (Standing.COMPLETE, (1, 1, 1))


@pytest.mark.parametrize("at", [HOUR.start, HOUR.start + 999 * MS, HOUR.end - S])
def test_at_the_edge_of_what_a_list_covers_nothing_is_called_unknown(at: Any) -> None:
    certificate = certified(listed(covers=HOUR), outcome("c-1", CLOSED, at=at))

    assert (certificate.standing, certificate.in_journal) == (Standing.COMPLETE, 0)


def test_calls_are_those_of_the_list_and_of_what_was_asked_for() -> None:
    known = Known(outcomes=[])

    assert reckon(SHOP, HOUR, listed(calls=1), known, made_at=LATER, calls=4).certificate.calls == 5
