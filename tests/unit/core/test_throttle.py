"""Allowances by time."""

from hypothesis import given
from hypothesis import strategies as st

from gladly_segment.core.callers import Caller
from gladly_segment.core.throttle import Bucket, Failures

ONE, OTHER = Caller("203.0.113.7"), Caller("203.0.113.8")


def test_a_burst_may_come_at_once_and_then_so_many_a_second() -> None:
    bucket = Bucket(per_s=2.0, burst=3.0)

    waits = [bucket.wait_s(100.0) for _ in range(5)]

    assert waits == [0.0, 0.0, 0.0, 0.5, 0.5]
    assert bucket.wait_s(100.25) == 0.25
    assert bucket.wait_s(100.5) == 0.0
    assert bucket.wait_s(100.5) == 0.5


def test_who_rests_saves_up_a_burst_and_no_more() -> None:
    bucket = Bucket(per_s=2.0, burst=3.0)

    assert sum(bucket.wait_s(1e9) == 0.0 for _ in range(100)) == 3


@given(
    per_s=st.floats(0.01, 1_000),
    burst=st.floats(1, 100),
    pauses=st.lists(st.floats(0, 10), min_size=1, max_size=200),
)
def test_in_any_time_no_more_pass_than_a_burst_and_the_rate(per_s: float, burst: float, pauses: list[float]) -> None:
    bucket, now, passed = Bucket(per_s, burst), 0.0, 0
    for pause in pauses:
        now += pause
        passed += bucket.wait_s(now) == 0.0

    assert passed <= burst + per_s * now + 1e-6 * (1 + passed)


@given(per_s=st.floats(0.01, 1_000), pauses=st.lists(st.floats(0, 0.5), max_size=30))
def test_whoever_waits_as_told_passes(per_s: float, pauses: list[float]) -> None:
    bucket, now = Bucket(per_s, 2.0), 0.0
    for pause in pauses:
        now += pause
        bucket.wait_s(now)

    wait_s = bucket.wait_s(now)

    assert wait_s == 0.0 or bucket.wait_s(now + wait_s * (1 + 1e-9) + 1e-9) == 0.0


def test_each_caller_has_failures_of_its_own() -> None:
    failures = Failures(per_s=0.5, burst=2, most=10)

    assert [failures.wait_s(ONE, 0.0) for _ in range(3)] == [0.0, 0.0, 2.0]
    assert failures.wait_s(OTHER, 0.0) == 0.0
    assert failures.wait_s(ONE, 2.0) == 0.0


def test_looking_how_long_a_caller_must_wait_counts_nothing() -> None:
    failures = Failures(per_s=0.5, burst=2, most=10)

    before = [failures.lacking_s(ONE, 0.0) for _ in range(5)]
    counted = [failures.wait_s(ONE, 0.0) for _ in range(2)]
    after = [failures.lacking_s(ONE, now) for now in (0.0, 0.5, 2.0)]

    assert (before, counted, after) == ([0.0] * 5, [0.0, 0.0], [2.0, 1.5, 0.0])
    assert failures.lacking_s(OTHER, 0.0) == 0.0


def test_looking_at_callers_that_never_failed_needs_no_room() -> None:
    failures = Failures(per_s=0.5, burst=1, most=2)

    failures.wait_s(ONE, 0.0)
    failures.lacking_s(Caller("203.0.113.9"), 0.0)
    failures.wait_s(OTHER, 0.0)

    assert [failures.lacking_s(each, 0.0) > 0.0 for each in (ONE, OTHER)] == [True, True]


def test_whoever_failed_longest_ago_is_forgotten_first() -> None:
    failures = Failures(per_s=0.5, burst=1, most=2)
    for caller in (ONE, OTHER, ONE, Caller("203.0.113.9")):
        failures.wait_s(caller, 0.0)

    # The other one was forgotten, and may fail as if for the first time.
    assert failures.wait_s(ONE, 0.0) > 0.0
    assert failures.wait_s(OTHER, 0.0) == 0.0


def test_a_flood_of_callers_needs_no_more_room_than_the_most() -> None:
    failures = Failures(per_s=0.5, burst=1, most=5)
    for number in range(1_000):
        failures.wait_s(Caller(str(number)), 0.0)

    remembered = sum(failures.wait_s(Caller(str(number)), 0.0) > 0.0 for number in range(999, 994, -1))

    assert remembered == 5
