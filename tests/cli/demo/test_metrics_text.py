"""Reading what a service tells of itself."""

import pytest

from gladly_segment.cli.demo.metrics_text import MetricsText

EXPOSITION = """\
# TYPE gladly_segment_pending_receipts gauge
gladly_segment_pending_receipts{organization="a",state="received"} 2.0
gladly_segment_pending_receipts{organization="a",state="ready"} 1.0
gladly_segment_pending_receipts{organization="b",state="ready"} 4.0
# TYPE gladly_segment_settled_total counter
gladly_segment_settled_total{organization="a",outcome="delivered",reason=""} 7.0
gladly_segment_settled_total{organization="b",outcome="delivered",reason=""} 1.0
gladly_segment_settled_total{organization="b",outcome="parked",reason="no_user"} 3.0
# TYPE gladly_segment_journal_bytes gauge
gladly_segment_journal_bytes 5000.0
# TYPE other_settled_total counter
other_settled_total{organization="a",outcome="delivered",reason=""} 100.0
"""


def test_receipts_are_counted_for_all_organizations_or_one() -> None:
    metrics = MetricsText(EXPOSITION)

    assert metrics.pending() == {"received": 2, "ready": 5}
    assert metrics.pending(organization="a") == {"received": 2, "ready": 1}
    assert metrics.settled() == {("delivered", ""): 8, ("parked", "no_user"): 3}
    assert metrics.settled(organization="a") == {("delivered", ""): 7}


def test_a_total_adds_up_the_series_with_these_labels() -> None:
    metrics = MetricsText(EXPOSITION)

    assert metrics.total("journal_bytes") == 5000
    assert metrics.total("pending_receipts", state="ready") == 5
    assert metrics.total("pending_receipts", state="ready", organization="b") == 4
    assert metrics.total("nothing") == metrics.total("pending_receipts", state="nothing") == 0


def test_what_is_no_exposition_is_refused() -> None:
    with pytest.raises(ValueError, match="html"):
        MetricsText("<html>")


def test_nothing_says_nothing() -> None:
    assert MetricsText("").pending() == {}
