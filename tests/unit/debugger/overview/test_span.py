"""Which time is shown: whatever is asked for, it is cut into few whole minutes, and nothing of it is lost."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gladly_segment.debugger.overview.span import (
    LENGTHS,
    LONGEST,
    MOST_STEPS,
    Range,
    Span,
    between,
    closer,
    earlier,
    ending_now,
    later,
    since_then,
    step_for,
    wider,
)

NOW = datetime(2026, 3, 1, 12, 7, 31, 250_000, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
NOWS = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
LENGTHS_OF_TIME = st.timedeltas(timedelta(0), timedelta(days=40_000))


def starts(span: Span) -> list[datetime]:
    step, found, at = timedelta(seconds=span.step_s), list[datetime](), span.since
    while at < span.until:
        found.append(at)
        at += step
    return found


def assert_well_cut(span: Span, now: datetime) -> None:
    assert span.since < span.until
    assert all(at.second == at.microsecond == 0 for at in (span.since, span.until))
    assert span.step_s % 60 == 0
    assert len(starts(span)) <= MOST_STEPS + 2
    assert span.length <= LONGEST + timedelta(days=62)
    if span.open:
        assert span.since < now < span.until
        assert span.until - now <= timedelta(seconds=span.step_s)


@pytest.mark.parametrize(
    ("length", "step_s", "since"),
    [
        (Range.HOUR, 60, "2026-03-01T11:07"),
        (Range.SIX_HOURS, 300, "2026-03-01T06:05"),
        (Range.DAY, 900, "2026-02-28T12:00"),
        (Range.WEEK, 7_200, "2026-02-22T12:00"),
        (Range.MONTH, 21_600, "2026-01-30T12:00"),
    ],
)
def test_a_range_begins_at_a_round_time_and_has_round_steps(length: Range, step_s: int, since: str) -> None:
    span = ending_now(LENGTHS[length], NOW)

    assert (span.step_s, span.since.isoformat(timespec="minutes")[:16], span.open) == (step_s, since, True)


def test_every_range_but_all_has_a_length() -> None:
    assert set(Range) - LENGTHS.keys() == {Range.ALL}


@given(LENGTHS_OF_TIME)
def test_steps_are_as_small_as_the_screen_allows(length: timedelta) -> None:
    step_s = step_for(length)

    assert step_s % 60 == 0
    assert step_s * MOST_STEPS >= length.total_seconds()
    assert step_s <= 60 or (step_s // 2) * MOST_STEPS <= max(length.total_seconds() * 1.5, 86_400 * MOST_STEPS)


@given(LENGTHS_OF_TIME, NOWS)
def test_a_time_up_to_now_has_all_of_it(length: timedelta, now: datetime) -> None:
    span = ending_now(length, now)

    assert_well_cut(span, now)
    assert span.since <= now - min(length, LONGEST)


@given(MOMENTS, NOWS)
def test_a_time_since_a_moment_begins_in_its_minute(since: datetime, now: datetime) -> None:
    span = since_then(since, now)

    assert_well_cut(span, now)
    if now - LONGEST <= since <= now - timedelta(minutes=5):
        assert span.since == since.replace(second=0, microsecond=0)


@given(MOMENTS, MOMENTS, NOWS)
def test_a_time_between_two_moments_has_both_and_no_more_than_their_minutes(
    one: datetime, other: datetime, now: datetime
) -> None:
    span = between(one, other, now)

    if one >= other:
        assert span is None
        return
    assert span is not None
    assert_well_cut(span, now)
    assert not span.open
    if now - LONGEST <= one and other <= now:
        assert timedelta() <= one - span.since < timedelta(minutes=1)
        assert timedelta() <= span.until - other < timedelta(minutes=1)


@given(MOMENTS, MOMENTS, NOWS)
def test_from_everywhere_one_can_move_and_zoom(one: datetime, other: datetime, now: datetime) -> None:
    span = between(one, other, now) or since_then(one, now)

    moved = [move(span, now) for move in (closer, wider, earlier, later)]

    for each in moved:
        if each is not None:
            assert_well_cut(each, now)
    inner, outer = moved[:2]
    if inner is not None:
        assert span.since <= inner.since < inner.until <= span.until
    if outer is not None and span.until <= now:
        assert outer.since <= span.since
        assert outer.until >= span.until


@given(st.integers(5, 10_000), NOWS)
def test_zooming_in_ends(minutes: int, now: datetime) -> None:
    span: Span | None = ending_now(timedelta(minutes=minutes), now)

    for _ in range(20):
        span = closer(span, now) if span else None

    assert span is None


def test_nothing_is_later_than_now() -> None:
    assert later(ending_now(timedelta(hours=1), NOW), NOW) is None


def test_nothing_is_later_than_a_time_that_reaches_beyond_now() -> None:
    span = between(NOW - timedelta(hours=1), NOW + timedelta(minutes=5), NOW)

    assert span is not None
    assert later(span, NOW) is None


def test_nothing_is_wider_than_all_that_can_be() -> None:
    assert wider(ending_now(LONGEST, NOW), NOW) is None


def test_later_comes_back_to_now() -> None:
    span = earlier(ending_now(timedelta(hours=1), NOW), NOW)
    assert span is not None
    assert not span.open

    again = later(span, NOW)

    assert again is not None
    assert again.open
