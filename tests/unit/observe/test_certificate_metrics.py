"""The numbers of completeness."""

from datetime import timedelta

from gladly_segment.core.certificate import DifferenceKind, Standing
from gladly_segment.core.certificate_signals import Certified, Completeness
from gladly_segment.core.records import Source
from gladly_segment.core.signals import Change, OrganizationChanged
from gladly_segment.observe import Metrics
from tests.support.clock import START
from tests.unit.observe.conftest import SHOP
from tests.unit.observe.test_feed_metrics import sample

H = timedelta(hours=1)


def certified(**differences: int) -> Certified:
    return Certified(
        organization=SHOP,
        start=START,
        end=START + H,
        source=Source.EVENTS_API,
        standing=Standing.COMPLETE,
        at_gladly=9,
        in_journal=9,
        accepted=9,
        suppressed=0,
        differences={DifferenceKind(kind): count for kind, count in differences.items()},
    )


def test_up_to_when_everything_is_certified_and_complete_is_shown() -> None:
    metrics = Metrics()
    metrics.emit(Completeness(SHOP, START + 2 * H, START + H, waiting=1, incomplete=3))

    assert sample(metrics, "certified_until_seconds", organization=SHOP) == (START + 2 * H).timestamp()
    assert sample(metrics, "complete_until_seconds", organization=SHOP) == (START + H).timestamp()
    assert sample(metrics, "uneven_hours", organization=SHOP, standing="waiting") == 1
    assert sample(metrics, "uneven_hours", organization=SHOP, standing="incomplete") == 3


def test_what_is_not_known_yet_is_not_shown() -> None:
    metrics = Metrics()
    metrics.emit(Completeness(SHOP, None, None, waiting=0, incomplete=0))

    assert sample(metrics, "certified_until_seconds", organization=SHOP) is None


def test_differences_are_counted_by_kind_from_0_on() -> None:
    metrics = Metrics()
    metrics.emit(OrganizationChanged(SHOP, Change.ADDED))
    metrics.emit(certified(recovered=2))
    metrics.emit(certified(recovered=1, doubled=1))

    counts = {
        kind: sample(metrics, "certificate_differences_total", organization=SHOP, kind=kind) for kind in DifferenceKind
    }
    assert counts == dict.fromkeys(DifferenceKind, 0) | {DifferenceKind.RECOVERED: 3, DifferenceKind.DOUBLED: 1}


def test_an_organization_that_is_gone_is_not_shown_any_more() -> None:
    metrics = Metrics()
    metrics.emit(OrganizationChanged(SHOP, Change.ADDED))
    metrics.emit(Completeness(SHOP, START, START, waiting=0, incomplete=1))
    metrics.emit(OrganizationChanged(SHOP, Change.REMOVED))

    assert sample(metrics, "uneven_hours", organization=SHOP, standing="incomplete") is None
    assert sample(metrics, "complete_until_seconds", organization=SHOP) is None
