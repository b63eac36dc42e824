"""The Segment fact sheet's retry rules as a table, and their bounds as properties."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.lifecycle import ParkCause
from gladly_segment.core.retry import Park, RetryAt, RetryPolicy, SplitBatch, Stop, Verdict, backoff_s, decide
from gladly_segment.segment.errors import unwilling

NOW: Final = datetime(2022, 7, 8, 18, 46, 37, tzinfo=UTC)
MAX_AGE: Final = timedelta(hours=12)
POLICY: Final = RetryPolicy(max_age=MAX_AGE)
JUST_TOO_OLD: Final = MAX_AGE + timedelta(microseconds=1)
MALFORMED_ATTEMPTS: Final = 8

AGED_OUT: Final = {
    FailureKind.UNREACHABLE: ParkCause.VENDOR_UNREACHABLE,
    FailureKind.THROTTLED: ParkCause.VENDOR_THROTTLED,
    FailureKind.UNAVAILABLE: ParkCause.VENDOR_UNAVAILABLE,
    FailureKind.MALFORMED: ParkCause.VENDOR_ANSWER_MALFORMED,
}
REFUSED: Final = {
    FailureKind.REFUSED: ParkCause.REQUEST_REFUSED,
    FailureKind.TOO_LARGE: ParkCause.REQUEST_TOO_LARGE,
    FailureKind.UNEXPECTED: ParkCause.UNEXPECTED_ERROR,
}
STOPPED: Final = (FailureKind.UNAUTHORIZED, FailureKind.MISDIRECTED)

attempts: Final = st.integers(0, 10_000)
draws: Final = st.floats(0, 1, exclude_max=True)
ages: Final = st.timedeltas(timedelta(0), timedelta(days=30))
young: Final = st.timedeltas(timedelta(0), MAX_AGE)
old: Final = st.timedeltas(JUST_TOO_OLD, timedelta(days=30))
wishes_s: Final = st.floats(0.001, 1e9) | st.just(float("inf"))


def failed(kind: FailureKind, retry_after_s: float | None = None) -> Failure:
    return Failure(kind, "detail", retry_after_s=retry_after_s)


def verdict(failure: Failure, **circumstances: Any) -> Verdict:
    """Decide, for a first attempt with one young event unless told otherwise."""
    usual: dict[str, Any] = {"attempt": 0, "age": timedelta(0), "batch_size": 1, "now": NOW, "draw": 0.0}
    return decide(failure, policy=POLICY, **{**usual, **circumstances})


def wait_s(decided: Verdict) -> float:
    assert isinstance(decided, RetryAt), decided
    return (decided.at - NOW).total_seconds()


@pytest.mark.parametrize("status", [408, 410, 429, 460, 500, 502, 503, 504, 520, 529, 599])
def test_these_answers_are_retried(status: int) -> None:
    decided = verdict(unwilling(status, None))

    assert isinstance(decided, RetryAt)
    assert decided.counted


def test_no_answer_at_all_is_retried() -> None:
    assert isinstance(verdict(failed(FailureKind.UNREACHABLE)), RetryAt)


@pytest.mark.parametrize("status", [301, 302, 307, 308, 404, 405, 501, 505])
def test_answers_of_another_service_stop_the_stage(status: int) -> None:
    assert isinstance(verdict(unwilling(status, None)), Stop)


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_stop_the_stage(status: int) -> None:
    assert isinstance(verdict(unwilling(status, None)), Stop)


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (400, ParkCause.REQUEST_REFUSED),
        (413, ParkCause.REQUEST_TOO_LARGE),
        (422, ParkCause.REQUEST_REFUSED),
    ],
)
def test_a_refused_batch_is_split_until_the_refused_event_is_alone_and_parked(status: int, cause: ParkCause) -> None:
    assert verdict(unwilling(status, None), batch_size=2500) == SplitBatch()
    assert verdict(unwilling(status, None), batch_size=2) == SplitBatch()
    assert verdict(unwilling(status, None), batch_size=1) == Park(cause)


@given(kind=st.sampled_from(list(REFUSED)), attempt=attempts, age=ages, draw=draws, batch_size=st.integers(1, 2500))
def test_a_refusal_does_not_depend_on_age_or_attempts(
    kind: FailureKind, attempt: int, age: timedelta, draw: float, batch_size: int
) -> None:
    decided = verdict(failed(kind, 7.0), attempt=attempt, age=age, draw=draw, batch_size=batch_size)

    assert decided == (SplitBatch() if batch_size > 1 else Park(REFUSED[kind]))


@given(attempt=attempts, draw=draws)
def test_the_backoff_is_half_a_second_doubled_up_to_a_minute_with_jitter_of_a_half(attempt: int, draw: float) -> None:
    full_s = min(60.0, 0.5 * 2 ** min(attempt, 10))

    waited_s = wait_s(verdict(failed(FailureKind.UNAVAILABLE), attempt=attempt, draw=draw))

    assert full_s / 2 <= waited_s <= full_s


@pytest.mark.parametrize(
    ("attempt", "shortest_s", "longest_s"),
    [(0, 0.25, 0.5), (1, 0.5, 1.0), (2, 1.0, 2.0), (6, 16.0, 32.0), (7, 30.0, 60.0), (1000, 30.0, 60.0)],
)
def test_the_jitter_spreads_over_the_half(attempt: int, shortest_s: float, longest_s: float) -> None:
    waits_s = [
        wait_s(verdict(failed(FailureKind.THROTTLED), attempt=attempt, draw=draw)) for draw in (0.0, 0.5, 1 - 1e-9)
    ]

    assert waits_s == pytest.approx([shortest_s, (shortest_s + longest_s) / 2, longest_s])


@given(attempt=attempts, draw=draws)
def test_the_backoff_never_shrinks(attempt: int, draw: float) -> None:
    assert backoff_s(attempt, draw, 0.5, 60.0) <= backoff_s(attempt + 1, draw, 0.5, 60.0)


@given(kind=st.sampled_from(list(AGED_OUT)), age=young, attempt=st.integers(0, 6), wish_s=st.none() | wishes_s)
@example(kind=FailureKind.UNREACHABLE, age=MAX_AGE, attempt=0, wish_s=None)
def test_until_the_age_limit_it_is_retried(
    kind: FailureKind, age: timedelta, attempt: int, wish_s: float | None
) -> None:
    assert isinstance(verdict(failed(kind, wish_s), age=age, attempt=attempt), RetryAt)


@given(kind=st.sampled_from(list(AGED_OUT)), age=old, attempt=st.integers(0, 6), wish_s=st.none() | wishes_s)
@example(kind=FailureKind.UNREACHABLE, age=JUST_TOO_OLD, attempt=6, wish_s=None)
def test_what_grew_old_without_being_tried_has_its_attempts_first(
    kind: FailureKind, age: timedelta, attempt: int, wish_s: float | None
) -> None:
    assert isinstance(verdict(failed(kind, wish_s), age=age, attempt=attempt), RetryAt)


@given(kind=st.sampled_from(list(AGED_OUT)), age=old, attempt=st.integers(7, 10_000), wish_s=st.none() | wishes_s)
@example(kind=FailureKind.UNREACHABLE, age=JUST_TOO_OLD, attempt=7, wish_s=None)
def test_beyond_the_age_limit_it_is_parked_with_what_it_waited_for(
    kind: FailureKind, age: timedelta, attempt: int, wish_s: float | None
) -> None:
    assert verdict(failed(kind, wish_s), age=age, attempt=attempt) == Park(AGED_OUT[kind])


@given(wish_s=wishes_s, attempt=attempts, draw=draws, kind=st.sampled_from(["THROTTLED", "UNAVAILABLE"]))
def test_the_vendors_wish_holds_up_to_300_s_and_is_no_attempt(
    wish_s: float, attempt: int, draw: float, kind: str
) -> None:
    decided = verdict(failed(FailureKind[kind], wish_s), attempt=attempt, draw=draw)

    assert isinstance(decided, RetryAt)
    assert not decided.counted
    assert wait_s(decided) == pytest.approx(min(wish_s, 300.0), abs=1e-6)


@given(attempt=attempts, draw=draws)
def test_a_wish_for_no_wait_is_none(attempt: int, draw: float) -> None:
    without_wish = verdict(failed(FailureKind.UNAVAILABLE), attempt=attempt, draw=draw)

    assert verdict(failed(FailureKind.UNAVAILABLE, 0.0), attempt=attempt, draw=draw) == without_wish


@given(kind=st.sampled_from(STOPPED), attempt=attempts, draw=draws, age=ages, wish_s=st.none() | wishes_s)
def test_a_stop_keeps_everything_and_is_probed_every_ten_minutes_at_least(
    kind: FailureKind, attempt: int, draw: float, age: timedelta, wish_s: float | None
) -> None:
    decided = verdict(failed(kind, wish_s), attempt=attempt, draw=draw, age=age, batch_size=2500)

    assert isinstance(decided, Stop)
    assert timedelta(seconds=15) <= decided.until - NOW <= timedelta(minutes=10)


@pytest.mark.parametrize(("attempt", "shortest_s"), [(0, 15), (1, 30), (4, 240), (5, 300), (100, 300)])
def test_the_probes_of_a_stopped_stage_become_rarer(attempt: int, shortest_s: float) -> None:
    decided = verdict(failed(FailureKind.UNAUTHORIZED), attempt=attempt)

    assert decided == Stop(NOW + timedelta(seconds=shortest_s))


@given(age=young)
def test_an_answer_that_stays_malformed_is_parked_at_the_eighth_attempt(age: timedelta) -> None:
    decided = [
        verdict(failed(FailureKind.MALFORMED), age=age, attempt=attempt) for attempt in range(MALFORMED_ATTEMPTS)
    ]

    assert all(isinstance(each, RetryAt) for each in decided[:-1])
    assert decided[-1] == Park(ParkCause.VENDOR_ANSWER_MALFORMED)


@given(
    kind=st.sampled_from(FailureKind),
    attempt=attempts,
    age=ages,
    batch_size=st.integers(1, 2500),
    draw=draws,
    wish_s=st.none() | st.just(0.0) | wishes_s,
)
def test_every_failure_has_a_verdict_that_moves_on(
    kind: FailureKind, attempt: int, age: timedelta, batch_size: int, draw: float, wish_s: float | None
) -> None:
    decided = verdict(failed(kind, wish_s), attempt=attempt, age=age, batch_size=batch_size, draw=draw)

    match decided:
        case RetryAt(at=at) | Stop(until=at):
            assert NOW < at <= NOW + timedelta(minutes=10)
        case SplitBatch():
            assert batch_size > 1
        case Park(cause=cause):
            assert cause in {*AGED_OUT.values(), *REFUSED.values()}
