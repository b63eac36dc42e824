"""Metrics: what the signals add up to, and what the journal counts."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gladly_segment.core.certificate import DifferenceKind
from gladly_segment.core.failures import FailureKind
from gladly_segment.core.feed_signals import AlarmKind
from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.lifecycle import Stage, State
from gladly_segment.core.records import Appended, Tally, Waiting
from gladly_segment.core.signals import (
    AttemptFailed,
    BatchSent,
    Change,
    GladlyCalled,
    JournalTrouble,
    OrganizationChanged,
    ReceiptSettled,
    SpansDropped,
    StageHeld,
    StageResumed,
    TracingTrouble,
    WebhookAnswered,
)
from gladly_segment.observe import CONTENT_TYPE, JournalReading, Metrics, Several
from tests.support.clock import START
from tests.support.observer import RecordingObserver
from tests.unit.observe.conftest import ONE_OF_EACH, SHOP, appended

Key = tuple[str, frozenset[str]]


def key(name: str, *labels: str) -> Key:
    return name, frozenset(labels)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def reading(*tallies: Tally, waiting: Sequence[Waiting] = ()) -> JournalReading:
    return JournalReading(now=START, tallies=tallies, waiting=waiting, size_bytes=4096, max_bytes=8192)


def values(metrics: Metrics, *tallies: Tally) -> dict[Key, float]:
    """Every sample by its name, without the namespace, and the values of its labels."""
    exposition = metrics.render(reading(*tallies)).decode()
    return {
        key(sample.name.removeprefix("gladly_segment_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(exposition)
        for sample in family.samples
    }


def test_webhooks_are_counted_by_organization_and_status(metrics: Metrics) -> None:
    for organization, status in ((SHOP, 200), (SHOP, 200), (SHOP, 401), (None, 404)):
        metrics.emit(WebhookAnswered(organization, status, 0.3))

    found = values(metrics)

    assert found[key("webhook_requests_total", "shop", "200")] == 2
    assert found[key("webhook_requests_total", "shop", "401")] == 1
    assert found[key("webhook_requests_total", "", "404")] == 1
    assert found[key("webhook_seconds_count", "shop")] == 3
    assert found[key("webhook_seconds_sum", "shop")] == pytest.approx(0.9)


def test_receipts_are_counted_by_whether_they_are_new(metrics: Metrics) -> None:
    for disposition in (Appended.NEW, Appended.DUPLICATE, Appended.DUPLICATE):
        metrics.emit(appended(disposition))

    found = values(metrics)

    assert found[key("receipts_total", "shop", "new")] == 1
    assert found[key("receipts_total", "shop", "duplicate")] == 2


def test_only_what_was_delivered_has_a_time_of_delivery(metrics: Metrics) -> None:
    for state in State:
        metrics.emit(ReceiptSettled(SHOP, Seq(1), state, "", "", 0.5))
        metrics.emit(ReceiptSettled(SHOP, Seq(1), state, "", "", None))

    found = values(metrics)

    assert found[key("delivery_seconds_count", "shop")] == 1
    assert found[key("delivery_seconds_sum", "shop")] == 0.5


def test_a_held_stage_shows_until_it_goes_on(metrics: Metrics) -> None:
    metrics.emit(OrganizationChanged(SHOP, Change.ADDED))
    before = values(metrics)
    metrics.emit(StageHeld(SHOP, Stage.DELIVER, "answered 401", START))
    held = values(metrics)
    metrics.emit(StageResumed(SHOP, Stage.DELIVER))

    name = "stage_held"
    assert [each[key(name, "shop", "deliver")] for each in (before, held, values(metrics))] == [0, 1, 0]
    assert [each[key(name, "shop", "enrich")] for each in (before, held, values(metrics))] == [0, 0, 0]


def test_calls_to_vendors_are_counted(metrics: Metrics) -> None:
    metrics.emit(GladlyCalled(SHOP, "customer-profiles", 301, 0.5))
    metrics.emit(GladlyCalled(SHOP, "customer-profiles", 0, 0.5))
    metrics.emit(BatchSent(SHOP, 200, 30, 4_000, 0.1))
    metrics.emit(BatchSent(SHOP, 503, 3, 400, 0.1))
    metrics.emit(AttemptFailed(SHOP, Stage.DELIVER, FailureKind.UNAVAILABLE, "answered 503", 3))
    metrics.emit(JournalTrouble("disk full"))

    found = values(metrics)

    assert found[key("gladly_requests_total", "shop", "customer-profiles", "301")] == 1
    assert found[key("gladly_requests_total", "shop", "customer-profiles", "0")] == 1
    assert found[key("gladly_seconds_count", "shop")] == 2
    assert found[key("batches_total", "shop", "200")] == found[key("batches_total", "shop", "503")] == 1
    assert found[key("batch_events_total", "shop")] == 33
    assert found[key("batch_bytes_total", "shop")] == 4_400
    assert found[key("segment_seconds_count", "shop")] == 2
    assert found[key("failed_attempts_total", "shop", "deliver", "unavailable")] == 1
    assert found[key("journal_trouble_total")] == 1


def test_what_the_journal_counts_is_shown_as_pending_and_settled(metrics: Metrics) -> None:
    metrics.emit(OrganizationChanged(SHOP, Change.ADDED))
    tallies = (
        Tally(SHOP, State.RECEIVED, "", 3, 3),
        Tally(SHOP, State.DELIVERED, "", 40, 40),
        Tally(SHOP, State.SUPPRESSED, "customer_deleted", 2, 2),
        Tally(SHOP, State.PARKED, "no_user", 1, 1),
        Tally(OrganizationId("of-yesterday"), State.DELIVERED, "", 5, 5),
    )

    found = values(metrics, *tallies)

    assert found[key("pending_receipts", "shop", "received")] == 3
    assert found[key("pending_receipts", "shop", "ready")] == 0
    assert found[key("settled_total", "shop", "delivered", "")] == 40
    assert found[key("settled_total", "shop", "suppressed", "customer_deleted")] == 2
    assert found[key("settled_total", "shop", "parked", "no_user")] == 1
    assert found[key("settled_total", "of-yesterday", "delivered", "")] == 5


def test_counts_of_the_journal_are_those_of_the_moment(metrics: Metrics) -> None:
    metrics.emit(OrganizationChanged(SHOP, Change.ADDED))
    values(metrics, Tally(SHOP, State.READY, "", 9, 9))

    found = values(metrics)

    assert found[key("pending_receipts", "shop", "ready")] == 0


def test_an_organization_is_there_before_anything_has_happened(metrics: Metrics) -> None:
    metrics.emit(OrganizationChanged(SHOP, Change.ADDED))

    assert {each: value for each, value in values(metrics).items() if "shop" in each[1]} == {
        key("pending_receipts", "shop", "received"): 0,
        key("pending_receipts", "shop", "ready"): 0,
        key("stage_held", "shop", "enrich"): 0,
        key("stage_held", "shop", "deliver"): 0,
        key("oldest_pending_seconds", "shop", "received"): 0,
        key("oldest_pending_seconds", "shop", "ready"): 0,
        key("paused", "shop"): 0,
        key("receipts_total", "shop", "new"): 0,
        key("receipts_total", "shop", "duplicate"): 0,
        key("recovered_events_total", "shop"): 0,
        key("backfill_under_way", "shop"): 0,
        key("backfill_waits_total", "shop"): 0,
        **{key("alarms_total", "shop", alarm): 0 for alarm in AlarmKind},
        **{key("certificate_differences_total", "shop", kind): 0 for kind in DifferenceKind},
        key("uneven_hours", "shop", "waiting"): 0,
        key("uneven_hours", "shop", "incomplete"): 0,
    }


@pytest.mark.parametrize("change", [Change.CHANGED, Change.PAUSED])
def test_a_stage_that_begins_anew_or_rests_is_held_no_more(metrics: Metrics, change: Change) -> None:
    metrics.emit(OrganizationChanged(SHOP, Change.ADDED))
    metrics.emit(StageHeld(SHOP, Stage.DELIVER, "answered 401", START))

    metrics.emit(OrganizationChanged(SHOP, change))

    assert values(metrics)[key("stage_held", "shop", "deliver")] == 0


def test_of_an_organization_that_was_removed_no_gauge_stays(metrics: Metrics) -> None:
    metrics.emit(OrganizationChanged(SHOP, Change.ADDED))
    metrics.emit(StageHeld(SHOP, Stage.DELIVER, "answered 401", START))
    metrics.emit(GladlyCalled(SHOP, "agents", 200, 0.5, 10, 9))

    metrics.emit(OrganizationChanged(SHOP, Change.REMOVED))

    shown = {name for name, labels in values(metrics, Tally(SHOP, State.READY, "", 1, 1)) if "shop" in labels}
    assert {name for name in shown if not name.endswith(("_total", "_bucket", "_count", "_sum"))} == set()


def test_the_age_of_the_backlog_is_that_of_the_receipt_waiting_longest(metrics: Metrics) -> None:
    metrics.emit(OrganizationChanged(SHOP, Change.ADDED))
    waiting = (
        Waiting(SHOP, State.READY, START - timedelta(seconds=90)),
        Waiting(OrganizationId("of-yesterday"), State.READY, START - timedelta(days=1)),
    )

    exposition = metrics.render(reading(waiting=waiting)).decode()

    name = "gladly_segment_oldest_pending_seconds"
    shown = [line for line in exposition.splitlines() if line.startswith(name)]
    assert shown == [
        f'{name}{{organization="shop",state="received"}} 0.0',
        f'{name}{{organization="shop",state="ready"}} 90.0',
    ]


def test_a_clock_that_was_put_back_makes_no_age_below_zero(metrics: Metrics) -> None:
    metrics.emit(OrganizationChanged(SHOP, Change.ADDED))
    waiting = (Waiting(SHOP, State.READY, START + timedelta(seconds=5)),)

    assert b'state="ready"} -' not in metrics.render(reading(waiting=waiting))


def test_gladlys_rate_is_that_of_its_last_answer_that_told_it(metrics: Metrics) -> None:
    for limit, left in ((10, 4), (20, 0), (None, None)):
        metrics.emit(GladlyCalled(SHOP, "conversations", 200, 0.1, limit, left))

    found = values(metrics)

    assert found[key("gladly_rate_limit", "shop")] == 20
    assert found[key("gladly_rate_left", "shop")] == 0


def test_spans_that_were_dropped_are_counted(metrics: Metrics) -> None:
    for spans in (512, 3):
        metrics.emit(SpansDropped(spans))

    assert values(metrics)[key("spans_dropped_total")] == 515


def test_the_journal_tells_its_size_and_what_it_may_take(metrics: Metrics) -> None:
    found = values(metrics)

    assert found[key("journal_bytes")] == 4096
    assert found[key("journal_max_bytes")] == 8192


def test_no_signals_text_becomes_a_label(metrics: Metrics) -> None:
    canary = "canary-55c0"
    metrics.emit(appended(event_type=canary, event_id=canary, lane=canary))
    metrics.emit(ReceiptSettled(SHOP, Seq(1), State.PARKED, canary, canary, 0.0))
    metrics.emit(AttemptFailed(SHOP, Stage.ENRICH, FailureKind.REFUSED, canary, 1))
    metrics.emit(StageHeld(SHOP, Stage.ENRICH, canary, START))
    metrics.emit(JournalTrouble(canary))

    metrics.emit(TracingTrouble(canary))

    assert canary not in metrics.render(reading()).decode()


def test_every_metric_that_is_declared_is_shown_once_its_signal_has_come(metrics: Metrics) -> None:
    metrics.emit(OrganizationChanged(SHOP, Change.ADDED))
    for signal in ONE_OF_EACH:
        metrics.emit(signal)

    exposition = metrics.render(
        reading(Tally(SHOP, State.DELIVERED, "", 1, 1), Tally(SHOP, State.PARKED, "no_user", 1, 1))
    ).decode()
    families = list(text_string_to_metric_families(exposition))

    shown = {family.name + ("_total" if family.type == "counter" else "") for family in families if family.samples}
    assert shown == {each.name for each in metrics.declared}
    assert CONTENT_TYPE.startswith("text/plain")


def test_several_observers_are_told_the_same() -> None:
    first, second = RecordingObserver(), RecordingObserver()
    several = Several((first, second))

    for signal in ONE_OF_EACH:
        several.emit(signal)

    assert first.signals == second.signals == list(ONE_OF_EACH)
