"""Whether a silence is out of step with the usual rhythm."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from gladly_segment.core.rhythm import HOURS_NEEDED, is_unusual, missed

H, M = timedelta(hours=1), timedelta(minutes=1)
WEDNESDAY_15_00 = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


def busy(now: datetime, when: Callable[[datetime], bool]) -> tuple[int, ...]:
    """The hours up to now that are busy."""
    this_hour = int(now.timestamp() // 3600)
    hours = range(this_hour - HOURS_NEEDED, this_hour + 1)
    return tuple(hour for hour in hours if when(datetime.fromtimestamp(hour * 3600, UTC)))


def always(_: datetime) -> bool:
    return True


def in_office_hours(moment: datetime) -> bool:
    return moment.weekday() < 5 and 9 <= moment.hour < 17


@pytest.mark.parametrize(
    ("rhythm", "silent_since", "usually_busy"),
    [
        pytest.param(always, WEDNESDAY_15_00 - 2 * H, 2 * H, id="around the clock"),
        pytest.param(always, WEDNESDAY_15_00 - 90 * M, 90 * M, id="to the minute"),
        pytest.param(in_office_hours, WEDNESDAY_15_00 - 3 * H, 3 * H, id="within office hours"),
        pytest.param(in_office_hours, WEDNESDAY_15_00 - 10 * H, 6 * H, id="from before them"),
        pytest.param(in_office_hours, WEDNESDAY_15_00 - 24 * H, 8 * H, id="since the day before"),
        pytest.param(always, WEDNESDAY_15_00 + H, 0 * H, id="the clock went back"),
    ],
)
def test_only_usually_busy_time_counts(
    rhythm: Callable[[datetime], bool], silent_since: datetime, usually_busy: timedelta
) -> None:
    assert missed(busy(WEDNESDAY_15_00, rhythm), silent_since, WEDNESDAY_15_00) == usually_busy


def test_a_silence_over_three_usually_busy_hours_is_unusual() -> None:
    hours = busy(WEDNESDAY_15_00, in_office_hours)

    assert not is_unusual(hours, WEDNESDAY_15_00 - 3 * H + M, WEDNESDAY_15_00)
    assert is_unusual(hours, WEDNESDAY_15_00 - 3 * H, WEDNESDAY_15_00)


@pytest.mark.parametrize("now", [WEDNESDAY_15_00 - 8 * H, WEDNESDAY_15_00 + 4 * 24 * H], ids=["night", "weekend"])
def test_nights_and_weekends_are_not(now: datetime) -> None:
    closing = {WEDNESDAY_15_00 - 8 * H: now - 14 * H, WEDNESDAY_15_00 + 4 * 24 * H: now - 46 * H}[now]

    assert not is_unusual(busy(now, in_office_hours), closing, now)


def test_one_week_is_no_rhythm_yet() -> None:
    def last_week(moment: datetime) -> bool:
        return moment > WEDNESDAY_15_00 - timedelta(days=9)

    assert not is_unusual(busy(WEDNESDAY_15_00, last_week), WEDNESDAY_15_00 - 24 * H, WEDNESDAY_15_00)


def test_an_hour_that_was_busy_only_once_does_not_count() -> None:
    def once(moment: datetime) -> bool:
        return moment < WEDNESDAY_15_00 - timedelta(days=9)

    assert not is_unusual(busy(WEDNESDAY_15_00, once), WEDNESDAY_15_00 - 24 * H, WEDNESDAY_15_00)


def test_a_silence_of_years_is_reckoned_at_once() -> None:
    assert not is_unusual((), datetime(1990, 1, 1, tzinfo=UTC), WEDNESDAY_15_00)
    assert is_unusual(busy(WEDNESDAY_15_00, always), datetime(1990, 1, 1, tzinfo=UTC), WEDNESDAY_15_00)
