"""What the mirror tells as numbers."""

from gladly_segment.core.mirror_signals import MirrorAnswered, MirrorTrouble
from gladly_segment.observe import Metrics
from tests.unit.observe.conftest import SHOP
from tests.unit.observe.test_metrics import key, values


def test_requests_are_counted_by_organization_and_status_and_trouble_as_such() -> None:
    metrics = Metrics()
    for signal in (MirrorAnswered(SHOP, 200), MirrorAnswered(SHOP, 200), MirrorAnswered(None, 404), MirrorTrouble("x")):
        metrics.emit(signal)

    found = values(metrics)

    assert found[key("mirror_requests_total", "shop", "200")] == 2
    assert found[key("mirror_requests_total", "", "404")] == 1
    assert found[key("mirror_trouble_total")] == 1
