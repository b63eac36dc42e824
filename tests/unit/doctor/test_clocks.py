"""Whether this machine's clock is right."""

from datetime import timedelta

import pytest

from gladly_segment.doctor.findings import Check
from gladly_segment.doctor.observations import Answer, Seen, Unreached, Unseen
from tests.unit.doctor.builders import NOW, answer, codes, found, observed, organization


def seen_at(other_s: float, *, seconds: float = 0.0) -> Answer:
    """An answer whose `Date` says so much later than our clock, at the moment of asking."""
    return answer(date=NOW + timedelta(seconds=other_s), seconds=seconds)


@pytest.mark.parametrize(
    ("other_s", "seconds", "expected"),
    [
        (0, 0.0, []),
        (2, 0.0, []),
        (3, 0.0, ["clock_skewed"]),
        (30, 0.0, ["clock_skewed"]),
        (31, 0.0, ["clock_wrong"]),
        # A second that was cut off is not held against us.
        (-3, 0.0, []),
        (-4, 0.0, ["clock_skewed"]),
        (-31, 0.0, ["clock_skewed"]),
        (-32, 0.0, ["clock_wrong"]),
        # The other clock was read at some moment while we waited.
        (6, 4.0, []),
        (7, 4.0, ["clock_skewed"]),
        (-3, 4.0, []),
        (-4, 4.0, ["clock_skewed"]),
    ],
)
def test_clocks_are_compared_as_exactly_as_their_headers_tell(
    other_s: float, seconds: float, expected: list[str]
) -> None:
    seen = organization(gladly=seen_at(other_s, seconds=seconds))

    assert codes(observed(organizations=(seen,))) == expected


@pytest.mark.parametrize(("other_s", "way"), [(60, "behind"), (-60, "before")])
def test_it_tells_which_clock_is_ahead(other_s: float, way: str) -> None:
    (finding,) = found(observed(organizations=(organization(segment=seen_at(other_s)),)))

    assert f"s {way} that of Segment" in finding.what


def test_the_clocks_of_many_answers_are_taken_together() -> None:
    odd, even = organization(gladly=seen_at(60)), organization()

    assert codes(observed(organizations=(odd, even, even))) == []


@pytest.mark.parametrize("nothing", [answer(), Unreached("refused"), Unseen("offline", expected=True)])
def test_where_no_clock_was_seen_nothing_is_said_about_it(nothing: Seen[Answer]) -> None:
    seen = observed(organizations=(organization(gladly=nothing, segment=nothing, webhooks=()),))

    assert [each for each in found(seen) if each.check is Check.CLOCK] == []
