"""The numbers of the feed, of recovered events and of alarms."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gladly_segment.core.feed_signals import (
    AlarmKind,
    AlarmRaised,
    DisabledBy,
    FeedDisabled,
    FeedEnabled,
    FeedMissing,
    FeedSignal,
    GapRecovered,
)
from gladly_segment.core.signals import Change, OrganizationChanged
from gladly_segment.observe import JournalReading, Metrics
from tests.support.clock import START
from tests.unit.observe.conftest import SHOP


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def sample(metrics: Metrics, name: str, **labels: str) -> float | None:
    exposition = metrics.render(JournalReading(now=START, tallies=(), waiting=(), size_bytes=0, max_bytes=0)).decode()
    for family in text_string_to_metric_families(exposition):
        for each in family.samples:
            if each.name == f"gladly_segment_{name}" and each.labels == labels:
                return each.value
    return None


@pytest.mark.parametrize(
    ("signal", "value"),
    [
        (FeedEnabled(SHOP), 1),
        (FeedDisabled(SHOP, DisabledBy.HAND, START), 0),
        (FeedDisabled(SHOP, DisabledBy.RETRY_LIMIT, START), 0),
        (FeedMissing(SHOP), 0),
    ],
)
def test_whether_gladly_sends_is_shown(metrics: Metrics, signal: FeedSignal, value: float) -> None:
    metrics.emit(FeedEnabled(SHOP))

    metrics.emit(signal)

    assert sample(metrics, "feed_enabled", organization="shop") == value


def test_of_an_organization_that_is_gone_nothing_is_shown(metrics: Metrics) -> None:
    metrics.emit(FeedEnabled(SHOP))

    metrics.emit(OrganizationChanged(SHOP, Change.REMOVED))

    assert sample(metrics, "feed_enabled", organization="shop") is None


def test_recovered_events_are_counted_and_known_ones_are_not(metrics: Metrics) -> None:
    for new, known in ((3, 10), (2, 0)):
        metrics.emit(GapRecovered(SHOP, START, START, new, known))

    assert sample(metrics, "recovered_events_total", organization="shop") == 5


def test_alarms_are_counted_by_organization_and_kind(metrics: Metrics) -> None:
    for organization in (SHOP, SHOP, None):
        metrics.emit(AlarmRaised(organization, AlarmKind.FEED_MISSING, "It is missing.", "Connect it."))

    assert sample(metrics, "alarms_total", organization="shop", alarm="feed_missing") == 2
    assert sample(metrics, "alarms_total", organization="", alarm="feed_missing") == 1
