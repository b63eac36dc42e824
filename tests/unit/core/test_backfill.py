"""What a backfill costs, and how fast it is."""

import pytest

from gladly_segment.core.backfill import Needs, Progress, plan_of
from gladly_segment.core.pace import Pace, Sample, pace


def test_each_customer_costs_two_calls_however_much_happened() -> None:
    plan = plan_of(Needs(occurrences=900, customers=300, without_customer=1, uncertain=4, known=7), 9.0)

    assert (plan.calls, plan.track_events, plan.known, plan.uncertain) == (2 * 301 + 1, 900, 7, 4)
    assert plan.hours == pytest.approx(603 / 9 / 3600)


def test_a_backfill_of_what_is_known_costs_nothing() -> None:
    plan = plan_of(Needs(known=12), 9.0)

    assert (plan.calls, plan.hours, plan.track_events) == (0, 0.0, 0)


def test_what_needs_nothing_more_is_dealt_with() -> None:
    assert Progress(handed_over=9, known=3, left_out=2, ended=4).dealt_with == 9


def test_the_pace_is_that_between_the_first_and_the_last_sample() -> None:
    samples = [Sample(100.0, 50, 20), Sample(105.0, 90, 40), Sample(110.0, 150, 100)]

    assert pace(samples, 60, 10.0) == Pace(per_s=10.0, eta_s=6.0, share=0.8)


@pytest.mark.parametrize("samples", [[], [Sample(1.0, 5, 5)], [Sample(1.0, 5, 5), Sample(1.0, 9, 9)]])
def test_of_one_moment_nothing_can_be_said(samples: list[Sample]) -> None:
    assert pace(samples, 60, 10.0) == Pace()


def test_what_stands_still_is_never_done() -> None:
    assert pace([Sample(1.0, 5, 5), Sample(9.0, 5, 5)], 60, 10.0) == Pace(per_s=0.0, eta_s=None, share=0.0)


def test_calls_that_were_counted_before_the_first_sample_make_no_share_above_the_whole() -> None:
    assert pace([Sample(1.0, 0, 0), Sample(2.0, 5, 50)], 60, 10.0).share == 1.0
