"""Gladly's API and Segment's, as they answered."""

from typing import Any

import pytest

from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.doctor.findings import Check, Severity
from gladly_segment.doctor.observations import Trial, Unreached, Unseen
from gladly_segment.ports.destination import Accepted
from tests.unit.doctor.builders import answer, codes_of, found, observed, organization


@pytest.mark.parametrize(
    ("gladly", "expected"),
    [
        (answer(200, seconds=5.0), []),
        (answer(200, seconds=5.1), ["gladly_slow"]),
        (answer(200, usable=False), ["gladly_misdirected"]),
        (answer(302), ["gladly_misdirected"]),
        (answer(404), ["gladly_misdirected"]),
        (answer(405), ["gladly_misdirected"]),
        (answer(400), ["gladly_misdirected"]),
        (answer(401), ["gladly_token_refused"]),
        (answer(403), ["gladly_permission_missing"]),
        (answer(429), ["gladly_throttled"]),
        (answer(500), ["gladly_unavailable"]),
        (answer(503), ["gladly_unavailable"]),
        (Unreached("the host's name could not be resolved"), ["gladly_unreachable"]),
        (Unseen("there was no time left"), ["not_looked_at"]),
        (Unseen("--offline was given", expected=True), []),
    ],
)
def test_gladly_s_answer_leads_to_what_is_found(gladly: Any, expected: list[str]) -> None:
    assert codes_of(organization(gladly=gladly)) == expected


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        # Asked without an event, which it does not take.
        (answer(404), []),
        (answer(405), []),
        (answer(200), []),
        (answer(405, seconds=5.0), []),
        (answer(405, seconds=5.1), ["segment_slow"]),
        (answer(300), ["segment_misdirected"]),
        (answer(400), []),
        (answer(499), []),
        (answer(301), ["segment_misdirected"]),
        (answer(308), ["segment_misdirected"]),
        (answer(501), ["segment_misdirected"]),
        (answer(500), ["segment_unavailable"]),
        (answer(503), ["segment_unavailable"]),
        (Unreached("no secure connection could be made"), ["segment_unreachable"]),
        (Unseen("there was no time left"), ["not_looked_at"]),
    ],
)
def test_segment_s_answer_leads_to_what_is_found(segment: Any, expected: list[str]) -> None:
    assert codes_of(organization(segment=segment)) == expected


def test_the_rate_that_is_left_is_told() -> None:
    seen = observed(organizations=(organization(gladly=answer(limit=10, left=3)),))

    (finding,) = [each for each in found(seen, Severity.OK) if each.check is Check.GLADLY]

    assert "3 of 10 requests a second are left" in finding.what


def test_a_test_event_that_segment_takes_is_to_be_looked_for_there() -> None:
    seen = observed(organizations=(organization(trial=Trial("K7", Accepted(200, 0.0))),))

    told = [each.what for each in found(seen, Severity.OK) if each.check is Check.SEGMENT]

    assert any("K7 in its Debugger" in what for what in told)


def test_a_test_event_that_segment_does_not_take_is_an_error() -> None:
    refused = Failure(FailureKind.UNAUTHORIZED, "answered 401 (Unauthorized)", 401)

    assert codes_of(organization(trial=Trial("K7", refused))) == ["segment_test_refused"]
