"""The numbers of backfills."""

from datetime import timedelta

from gladly_segment.core.backfill import Phase
from gladly_segment.core.backfill_signals import (
    BackfillAdvanced,
    BackfillBegan,
    BackfillEnded,
    BackfillsUnusable,
    BackfillWaits,
)
from gladly_segment.core.signals import Change, OrganizationChanged
from gladly_segment.observe import Metrics
from tests.support.clock import START
from tests.unit.observe.conftest import SHOP
from tests.unit.observe.test_feed_metrics import sample

BEGAN = BackfillBegan(SHOP, START - timedelta(days=90), START)


def test_that_a_backfill_is_under_way_is_shown_until_it_ends() -> None:
    metrics = Metrics()

    shown: list[float | None] = []
    for signal in (OrganizationChanged(SHOP, Change.ADDED), BEGAN, BackfillEnded(SHOP, Phase.DONE)):
        metrics.emit(signal)
        shown.append(sample(metrics, "backfill_under_way", organization=SHOP))

    assert shown == [0, 1, 0]


def test_how_far_it_is_is_shown() -> None:
    metrics = Metrics()

    metrics.emit(BackfillAdvanced(SHOP, found=9, known=2, left_out=1, handed_over=5, ended=4))

    whats = ("found", "known", "left_out", "handed_over", "ended")
    counts = [sample(metrics, "backfill_occurrences", organization=SHOP, what=what) for what in whats]
    assert counts == [9, 2, 1, 5, 4]


def test_what_it_waits_for_is_counted() -> None:
    metrics = Metrics()

    metrics.emit(BackfillWaits(SHOP, "Gladly: no answer"))
    metrics.emit(BackfillsUnusable(SHOP, "the file is damaged"))

    assert sample(metrics, "backfill_waits_total", organization=SHOP) == 2


def test_an_organization_that_is_removed_is_not_shown_as_under_way_for_good() -> None:
    metrics = Metrics()
    for signal in (OrganizationChanged(SHOP, Change.ADDED), BEGAN, OrganizationChanged(SHOP, Change.REMOVED)):
        metrics.emit(signal)

    assert sample(metrics, "backfill_under_way", organization=SHOP) is None
