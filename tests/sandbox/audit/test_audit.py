"""The checker is checked: a clean day passes, and each planted fault turns `ok` false and is named."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from msgspec.structs import replace

from gladly_segment.sandbox.audit import AuditReport, Finding, GladlyBooks, SegmentBooks, audit
from gladly_segment.sandbox.audit.books import Deletion, Delivery, Dropped, Merge, Stored

ALL_DELIVERED = {("delivered", ""): 4, ("ignored", "type_not_mapped"): 9}


def at(second: float) -> datetime:
    return datetime(2024, 5, 1, 8, tzinfo=UTC) + timedelta(seconds=second)


def attempt(event_id: str, second: float, *, status: int | None = 200, error: str | None = None) -> Delivery:
    return Delivery(event_id=event_id, started_at=at(second), ended_at=at(second + 0.1), status=status, error=error)


def judge(
    gladly: GladlyBooks, segment: SegmentBooks, settled: Mapping[tuple[str, str], int] = ALL_DELIVERED
) -> AuditReport:
    return audit(gladly, segment, settled)


def without(segment: SegmentBooks, *message_ids: str) -> SegmentBooks:
    return replace(segment, stored=tuple(each for each in segment.stored if each.message_id not in message_ids))


def adding(segment: SegmentBooks, original: Stored, message_id: str) -> SegmentBooks:
    """The books with a further event: a copy of `original`, stored last."""
    copy = replace(original, seq=len(segment.stored) + 1, event={**original.event, "messageId": message_id})
    return replace(segment, stored=(*segment.stored, copy))


def stored_as(segment: SegmentBooks, *message_ids: str) -> SegmentBooks:
    """The books with the events in this order of storing."""
    by_id = {each.message_id: each for each in segment.stored}
    order = enumerate(message_ids, start=1)
    return replace(segment, stored=tuple(replace(by_id[each], seq=seq) for seq, each in order))


def delivered_by(gladly: GladlyBooks, *attempts: Delivery) -> GladlyBooks:
    """The books with these attempts for the events they are of."""
    ids = {each.event_id for each in attempts}
    others = tuple(each for each in gladly.deliveries if each.event_id not in ids)
    return replace(gladly, deliveries=(*attempts, *others))


def with_customer_deleted(gladly: GladlyBooks, second: float) -> GladlyBooks:
    deletion = Deletion(customer_id="u1", at=at(second))
    return replace(gladly, deletions=(deletion,), customers=(), conversations=())


def ids(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.id for finding in findings]


def test_a_clean_day_is_ok(gladly: GladlyBooks, segment: SegmentBooks) -> None:
    report = judge(gladly, segment)

    assert report == AuditReport(
        played=4,
        accepted=4,
        suppressed={},
        expected_suppressed=0,
        deduplicated=0,
        latencies_ms=(1000.0, 1000.0, 1000.0, 4000.0),
    )
    assert report.ok


def test_what_is_not_wanted_is_rightly_suppressed(gladly: GladlyBooks, segment: SegmentBooks) -> None:
    created = [each.message_id for each in segment.stored if str(each.event["event"]).endswith("Created")]
    settled = {("delivered", ""): 4 - len(created), ("suppressed", "event_not_wanted"): len(created)}

    report = audit(gladly, without(segment, *created), settled, unwanted={"CREATED"})

    assert report.ok
    assert report.expected_suppressed == len(created) > 0


def test_what_is_not_wanted_and_stored_all_the_same_is_named(gladly: GladlyBooks, segment: SegmentBooks) -> None:
    created = [each.message_id for each in segment.stored if str(each.event["event"]).endswith("Created")]

    report = audit(gladly, segment, ALL_DELIVERED, unwanted={"CREATED"})

    assert sorted(ids(report.unfaithful)) == sorted(created)
    assert not report.ok


def test_what_is_wanted_is_not_excused_by_a_rule(gladly: GladlyBooks, segment: SegmentBooks) -> None:
    closed = next(each.message_id for each in segment.stored if str(each.event["event"]).endswith("Closed"))
    settled = {("delivered", ""): 3, ("suppressed", "event_not_wanted"): 1}

    report = audit(gladly, without(segment, closed), settled, unwanted={"CREATED"})

    assert len(report.lost) == 1
    assert not report.ok


def test_latencies_are_read_as_percentiles(gladly: GladlyBooks, segment: SegmentBooks) -> None:
    report = judge(gladly, segment)

    assert report.latency_ms(0.5) == 1000.0
    assert report.latency_ms(0.99) == 4000.0
    assert judge(gladly, replace(segment, stored=())).latency_ms(0.5) is None


@pytest.mark.parametrize(("message_id", "event_id"), [("m1", "e1"), ("m3", "e3"), ("m4", "e4")])
def test_a_lost_event_is_named(gladly: GladlyBooks, segment: SegmentBooks, message_id: str, event_id: str) -> None:
    report = judge(gladly, without(segment, message_id))

    assert ids(report.lost) == [event_id]
    assert report.accepted == 3
    assert not report.ok


def test_more_events_than_occurrences_are_doubled(gladly: GladlyBooks, segment: SegmentBooks) -> None:
    report = judge(gladly, adding(segment, segment.stored[1], "m9"))

    assert ids(report.doubled) == ["m9"]
    assert not report.ok


def test_a_message_id_stored_twice_is_doubled_and_stands_for_no_other_occurrence(
    gladly: GladlyBooks, segment: SegmentBooks
) -> None:
    report = judge(gladly, adding(without(segment, "m3"), segment.stored[1], "m2"))

    assert ids(report.doubled) == ["m2"]
    assert ids(report.lost) == ["e3"]


def test_what_segment_deduplicated_is_reported_and_no_offence(gladly: GladlyBooks, segment: SegmentBooks) -> None:
    report = judge(gladly, replace(segment, duplicates=({"messageId": "m1"},)))

    assert report.deduplicated == 1
    assert report.ok


def test_swapped_events_are_out_of_order(gladly: GladlyBooks, segment: SegmentBooks) -> None:
    report = judge(gladly, stored_as(segment, "m2", "m1", "m3", "m4"))

    assert ids(report.out_of_order) == ["e1"]
    assert not report.ok


def with_first_closing_kept_before_but_acknowledged_after_the_rest(gladly: GladlyBooks) -> GladlyBooks:
    cut_off = attempt("e2", 10, status=None, error="ServerDisconnectedError")
    return delivered_by(gladly, attempt("e1", 15), cut_off, attempt("e2", 25))


def test_a_closing_kept_before_its_sender_was_cut_off_may_be_the_first(
    gladly: GladlyBooks, segment: SegmentBooks
) -> None:
    cut_off = with_first_closing_kept_before_but_acknowledged_after_the_rest(gladly)

    assert judge(cut_off, stored_as(segment, "m2", "m1", "m3", "m4")).ok


def test_no_reading_of_the_books_excuses_what_none_explains(gladly: GladlyBooks, segment: SegmentBooks) -> None:
    cut_off = with_first_closing_kept_before_but_acknowledged_after_the_rest(gladly)

    report = judge(cut_off, stored_as(segment, "m2", "m3", "m1", "m4"))

    assert ids(report.out_of_order) == ["e1"]


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(attempt("e1", 0, status=503), id="refused"),
        pytest.param(attempt("e1", 0, status=None, error="ClientConnectorError"), id="nobody listening"),
        pytest.param(attempt("e1", 0, status=None, error="Lost"), id="lost"),
    ],
)
def test_the_order_is_that_of_acknowledgement_not_of_occurrence(
    gladly: GladlyBooks, segment: SegmentBooks, refusal: Delivery
) -> None:
    created_later = delivered_by(gladly, refusal, attempt("e1", 15))

    assert judge(created_later, stored_as(segment, "m2", "m1", "m3", "m4")).ok
    assert ids(judge(created_later, segment).out_of_order) == ["e2"]


@pytest.mark.parametrize(
    "attempts",
    [
        pytest.param((attempt("e1", 9.95),), id="both under way at once"),
        pytest.param(
            (attempt("e1", 0, status=None, error="ServerDisconnectedError"), attempt("e1", 15)),
            id="the first attempt may have landed though its answer was lost",
        ),
    ],
)
def test_where_the_services_order_cannot_be_known_either_is_right(
    gladly: GladlyBooks, segment: SegmentBooks, attempts: tuple[Delivery, ...]
) -> None:
    overlapping = delivered_by(gladly, *attempts)

    assert judge(overlapping, segment).ok
    assert judge(overlapping, stored_as(segment, "m2", "m1", "m3", "m4")).ok


class TestDeletedCustomer:
    def test_what_was_delivered_after_the_deletion_must_be_suppressed(
        self, gladly: GladlyBooks, segment: SegmentBooks
    ) -> None:
        settled = {("delivered", ""): 2, ("suppressed", "customer_deleted"): 2}

        report = judge(with_customer_deleted(gladly, 15), without(segment, "m3", "m4"), settled)

        assert report.ok
        assert report.expected_suppressed == 2
        assert report.suppressed == {"customer_deleted": 2}

    def test_and_must_not_be_stored(self, gladly: GladlyBooks, segment: SegmentBooks) -> None:
        settled = {("suppressed", "customer_deleted"): 1}

        report = judge(with_customer_deleted(gladly, 15), without(segment, "m4"), settled)

        assert ids(report.unfaithful) == ["m3"]
        assert not report.ok

    @pytest.mark.parametrize("suppressed", [0, 1])
    def test_between_delivery_and_handling_either_is_right(
        self, gladly: GladlyBooks, segment: SegmentBooks, suppressed: int
    ) -> None:
        books = without(segment, "m4") if suppressed else segment

        report = judge(with_customer_deleted(gladly, 30.05), books, {("suppressed", "customer_deleted"): suppressed})

        assert report.ok
        assert report.expected_suppressed == suppressed

    def test_a_missing_event_is_not_excused_without_a_suppression(
        self, gladly: GladlyBooks, segment: SegmentBooks
    ) -> None:
        report = judge(with_customer_deleted(gladly, 30.05), without(segment, "m4"))

        assert ids(report.unexplained) == ["suppressed"]
        assert not report.ok

    def test_of_a_customer_merged_before_it_is_the_survivors_deletion_that_counts(
        self, gladly: GladlyBooks, segment: SegmentBooks
    ) -> None:
        merged = replace(gladly, merges=(Merge(source="u1", target="u2", at=at(12)),))
        deleted = replace(merged, deletions=(Deletion(customer_id="u2", at=at(15)),), customers=())

        assert judge(deleted, without(segment, "m3", "m4"), {("suppressed", "customer_deleted"): 2}).ok


def test_a_conversation_that_vanished_in_a_merge_must_be_suppressed(gladly: GladlyBooks, segment: SegmentBooks) -> None:
    merge = Merge(source="u9", target="u1", at=at(25), vanished_conversation_id="c2")
    vanished = replace(gladly, merges=(merge,))

    assert judge(vanished, without(segment, "m4"), {("suppressed", "conversation_gone"): 1}).ok
    assert ids(judge(vanished, segment).unfaithful) == ["m4"]


def test_a_suppression_without_cause_is_unexplained_and_its_event_lost(
    gladly: GladlyBooks, segment: SegmentBooks
) -> None:
    report = judge(gladly, without(segment, "m4"), {("suppressed", "customer_deleted"): 1})

    assert ids(report.unexplained) == ["suppressed"]
    assert ids(report.lost) == ["e4"]
    assert not report.ok


def test_a_dead_letter_is_unexplained(gladly: GladlyBooks, segment: SegmentBooks) -> None:
    report = judge(gladly, segment, {**ALL_DELIVERED, ("parked", "no_user"): 1})

    assert ids(report.unexplained) == ["parked"]
    assert not report.ok


def test_what_segment_dropped_is_named(gladly: GladlyBooks, segment: SegmentBooks) -> None:
    dropped = Dropped(reason="no event name", request_id="req-1", message_id="m9")

    report = judge(gladly, replace(segment, dropped=(dropped,)))

    assert report.dropped == (Finding("m9", "no event name"),)
    assert not report.ok


@pytest.mark.parametrize(
    "failed",
    [
        pytest.param(attempt("e4", 30, status=503), id="refused"),
        pytest.param(attempt("e4", 30, status=None, error="TimeoutError"), id="unanswered"),
    ],
)
def test_a_webhook_never_acknowledged_is_reported_apart(
    gladly: GladlyBooks, segment: SegmentBooks, failed: Delivery
) -> None:
    report = judge(delivered_by(gladly, failed), without(segment, "m4"))

    assert ids(report.not_delivered) == ["e4"]
    assert report.ok


def test_a_webhook_never_acknowledged_may_have_been_recovered(gladly: GladlyBooks, segment: SegmentBooks) -> None:
    report = judge(delivered_by(gladly, attempt("e4", 30, status=503)), segment)

    assert report.not_delivered == ()
    assert report.accepted == 4
    assert len(report.latencies_ms) == 3
    assert report.ok


def test_books_that_lack_a_part_cannot_be_judged() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"stored":[],"duplicates":[]}', type=SegmentBooks)
