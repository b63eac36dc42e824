"""RFC 3339 in, with 0–9 fraction digits and any offset; UTC with exactly three digits out."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gladly_segment.core.moments import format_moment, in_words, moment_before, parse_moment
from tests.unit.mapping.strategies import rfc3339_times

WRITTEN: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
moments: Final = st.datetimes(
    datetime(2, 1, 1),  # noqa: DTZ001 - the time zone is drawn
    datetime(9998, 1, 1),  # noqa: DTZ001
    timezones=st.integers(-1439, 1439).map(lambda offset_min: timezone(timedelta(minutes=offset_min))),
)

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)


def cut(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@given(text=rfc3339_times)
@example("2019-07-03T04:30:12.07Z")
@example("2022-07-08T18:46:37.946999999Z")
@example("2024-02-29T23:59:59.999-23:59")
def test_a_time_is_read_as_the_standard_library_reads_it_cut_to_milliseconds(text: str) -> None:
    moment = parse_moment(text)

    assert moment is not None
    assert moment == cut(datetime.fromisoformat(text))
    assert moment.tzinfo is UTC


@given(moment=moments)
def test_a_moment_is_written_as_the_standard_library_writes_it_in_utc(moment: datetime) -> None:
    text = format_moment(moment)

    assert WRITTEN.fullmatch(text)
    assert datetime.fromisoformat(text) == cut(moment)


@given(moment=moments)
def test_what_is_written_reads_as_the_same_moment(moment: datetime) -> None:
    assert parse_moment(format_moment(moment)) == cut(moment)


@pytest.mark.parametrize("digits", range(1, 10))
def test_the_fraction_is_cut_and_never_rounded_up_into_the_future(digits: int) -> None:
    moment = parse_moment(f"2022-07-08T18:46:59.{'9' * digits}Z")

    assert moment is not None
    assert moment.microsecond == {1: 900_000, 2: 990_000}.get(digits, 999_000)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2022-07-08t18:46:37z", "2022-07-08T18:46:37.000Z"),
        ("2022-07-08 18:46:37+00:00", "2022-07-08T18:46:37.000Z"),
        ("2022-07-08T18:46:37-00:00", "2022-07-08T18:46:37.000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
        ("2016-12-31T18:59:60.5-05:00", "2017-01-01T00:00:00.500Z"),
    ],
)
def test_what_rfc_3339_allows_besides(text: str, written: str) -> None:
    moment = parse_moment(text)

    assert moment is not None
    assert format_moment(moment) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2022-07-08",
        "20220708T184637Z",
        "2022-07-08T18:46:37",
        "2022-07-08T18:46Z",
        "2022-07-08T18:46:37.Z",
        "2022-07-08T18:46:37,946Z",
        "2022-07-08T18:46:37.1234567890Z",
        "2022-07-08T18:46:37+0200",
        "2022-07-08T18:46:37+02",
        "2022-07-08T18:46:37+24:00",
        "2022-07-08T18:46:37+01:60",
        "2022-13-08T18:46:37Z",
        "2022-02-29T18:46:37Z",
        "2022-07-08T24:00:00Z",
        "2022-07-08T18:60:37Z",
        "2022-07-08T18:46:61Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "9999-12-31T23:59:60Z",
        " 2022-07-08T18:46:37Z",
        "2022-07-08T18:46:37Z\n",
        "２０２２-07-08T18:46:37Z",
        "1657305997946",
    ],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert parse_moment(text) is None


@given(text=st.text() | st.text("0123456789-:.TZ+ ", max_size=40))
def test_any_text_is_judged(text: str) -> None:
    moment = parse_moment(text)

    assert moment is None or WRITTEN.fullmatch(format_moment(moment))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 s"),
        (0.4, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "120 min"),
        (7200, "2 h"),
        (3 * 86_400, "3 days"),
    ],
)
def test_a_span_is_told_in_the_unit_that_suits_it(seconds: float, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("90m", NOON - timedelta(minutes=90)),
        ("36h", NOON - timedelta(hours=36)),
        ("007d", NOON - timedelta(days=7)),
        ("99999d", NOON - timedelta(days=99_999)),
        ("2026-11-24T06:00:00Z", datetime(2026, 11, 24, 6, tzinfo=UTC)),
        ("100000d", None),
        ("-1d", None),
        ("1.5h", None),
        ("\u0661h", None),
        ("7w", None),
        ("d", None),
        ("", None),
        ("yesterday", None),
    ],
)
def test_a_moment_is_written_as_such_or_as_how_long_ago(text: str, moment: datetime | None) -> None:
    assert moment_before(text, NOON) == moment
