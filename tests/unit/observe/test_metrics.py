"""Metrics: what the signals add up to, and what the journal counts."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gladly_segment.core.failures import FailureKind
from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.lifecycle import Stage, State
from gladly_segment.core.records import Appended, Tally
from gladly_segment.core.signals import (
    AttemptFailed,
    BatchSent,
    GladlyCalled,
    JournalTrouble,
    ReceiptAppended,
    ReceiptSettled,
    StageHeld,
    StageResumed,
    WebhookAnswered,
)
from gladly_segment.observe import CONTENT_TYPE, Metrics, Several
from tests.support.clock import START
from tests.support.observer import RecordingObserver
from tests.unit.observe.conftest import ONE_OF_EACH, SHOP

Key = tuple[str, frozenset[str]]


def key(name: str, *labels: str) -> Key:
    return name, frozenset(labels)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def values(metrics: Metrics, *tallies: Tally) -> dict[Key, float]:
    """Every sample by its name, without the namespace, and the values of its labels."""
    exposition = metrics.render(tallies, 4096).decode()
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
        metrics.emit(ReceiptAppended(SHOP, "any", "any", disposition))

    found = values(metrics)

    assert found[key("receipts_total", "shop", "new")] == 1
    assert found[key("receipts_total", "shop", "duplicate")] == 2


def test_only_what_was_delivered_has_a_time_of_delivery(metrics: Metrics) -> None:
    for state in State:
        metrics.emit(ReceiptSettled(SHOP, Seq(1), state, "", "", 0.5))

    found = values(metrics)

    assert found[key("delivery_seconds_count", "shop")] == 1
    assert found[key("delivery_seconds_sum", "shop")] == 0.5


def test_a_held_stage_shows_until_it_goes_on(metrics: Metrics) -> None:
    metrics.introduce("shop")
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
    assert found[key("failed_attempts_total", "shop", "deliver", "unavailable")] == 1
    assert found[key("journal_trouble_total")] == 1


def test_what_the_journal_counts_is_shown_as_pending_and_settled(metrics: Metrics) -> None:
    metrics.introduce("shop")
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
    metrics.introduce("shop")
    values(metrics, Tally(SHOP, State.READY, "", 9, 9))

    found = values(metrics)

    assert found[key("pending_receipts", "shop", "ready")] == 0


def test_an_organization_is_there_before_anything_has_happened(metrics: Metrics) -> None:
    metrics.introduce("shop")

    assert {each: value for each, value in values(metrics).items() if "shop" in each[1]} == {
        key("pending_receipts", "shop", "received"): 0,
        key("pending_receipts", "shop", "ready"): 0,
        key("stage_held", "shop", "enrich"): 0,
        key("stage_held", "shop", "deliver"): 0,
    }


def test_no_signals_text_becomes_a_label(metrics: Metrics) -> None:
    canary = "canary-55c0"
    metrics.emit(ReceiptAppended(SHOP, canary, canary, Appended.NEW))
    metrics.emit(ReceiptSettled(SHOP, Seq(1), State.PARKED, canary, canary, 0.0))
    metrics.emit(AttemptFailed(SHOP, Stage.ENRICH, FailureKind.REFUSED, canary, 1))
    metrics.emit(StageHeld(SHOP, Stage.ENRICH, canary, START))
    metrics.emit(JournalTrouble(canary))

    assert canary not in metrics.render((), 0).decode()


def test_every_metric_that_is_declared_is_shown_once_its_signal_has_come(metrics: Metrics) -> None:
    metrics.introduce("shop")
    for signal in ONE_OF_EACH:
        metrics.emit(signal)

    exposition = metrics.render(
        (Tally(SHOP, State.DELIVERED, "", 1, 1), Tally(SHOP, State.PARKED, "no_user", 1, 1)), 4096
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
