import pytest

from gladly_segment.sandbox.gladly.times import parse_rfc3339, rfc3339_ms, rfc3339_nano, rfc3339_us

NOON_NS = 1_562_128_212_000_000_000


@pytest.mark.parametrize(
    ("fraction_ns", "text"),
    [
        (0, "2019-07-03T04:30:12Z"),
        (70_000_000, "2019-07-03T04:30:12.07Z"),
        (123_456_789, "2019-07-03T04:30:12.123456789Z"),
        (1, "2019-07-03T04:30:12.000000001Z"),
        (120_000, "2019-07-03T04:30:12.00012Z"),
    ],
)
def test_event_times_are_printed_as_go_prints_them(fraction_ns: int, text: str) -> None:
    assert rfc3339_nano(NOON_NS + fraction_ns) == text
    assert parse_rfc3339(text) == NOON_NS + fraction_ns


def test_resource_times_have_three_digits() -> None:
    assert rfc3339_ms(NOON_NS) == "2019-07-03T04:30:12.000Z"
    assert rfc3339_ms(NOON_NS + 999_999_999) == "2019-07-03T04:30:12.999Z"


def test_ledger_times_have_six_digits() -> None:
    assert rfc3339_us(NOON_NS + 1_999) == "2019-07-03T04:30:12.000001Z"


def test_an_offset_is_subtracted() -> None:
    assert parse_rfc3339("2019-07-02T19:30:12-09:00") == NOON_NS
    assert parse_rfc3339("2019-07-03T06:30:12+02:00") == NOON_NS


@pytest.mark.parametrize(
    "text",
    ["", "now", "2019-07-03", "2019-07-03T04:30:12", "2019-13-03T04:30:12Z", "2019-07-03T04:30:12.1234567890Z"],
)
def test_anything_else_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_rfc3339(text)
