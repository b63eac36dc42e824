"""What is reckoned from Gladly's requests is reckoned right; each wrong of a service would be seen."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from tests.system.past.traffic import (
    IN_HAND,
    Past,
    Request,
    Stretch,
    asked_again,
    repeated,
    throttled,
    use,
    without_a_request,
)

START = datetime(2026, 11, 24, 9, tzinfo=UTC)
PAST = Past(frozenset({"old", "older"}), frozenset({"c-old"}))
PROFILE = "/api/v1/customer-profiles/old"
LIST = "/api/v1/customers/old/conversations"


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def request(seconds: float, path: str = PROFILE, status: int | None = 200, method: str = "GET") -> Request:
    return Request(after(seconds), method, path, status)


def evenly(per_s: float, seconds: float, path: str = PROFILE, begin: float = 0) -> list[Request]:
    return [request(begin + number / per_s, path) for number in range(int(per_s * seconds))]


def stretch(began: float, ended: float) -> Stretch:
    return Stretch(after(began), after(ended))


@pytest.mark.parametrize(
    ("path", "method", "expected"),
    [
        (PROFILE, "GET", True),
        (LIST, "GET", True),
        ("/api/v1/conversations/c-old", "GET", True),
        ("/api/v1/conversations/c-old?x=1", "GET", True),
        ("/api/v1/customer-profiles/new", "GET", False),
        ("/api/v1/conversations/old", "GET", False),
        ("/api/v1/agents", "GET", False),
        ("/api/v1/reports", "POST", False),
        (PROFILE, "PATCH", False),
    ],
)
def test_only_requests_for_customers_and_conversations_of_the_past_are_of_the_past(
    path: str, method: str, expected: bool
) -> None:
    assert PAST.reads(request(0, path, method=method)) is expected


def test_all_of_the_permitted_rate_is_used_by_an_even_flow_at_that_rate() -> None:
    used = use(evenly(10, 30), [stretch(0, 30)], PAST, 10)

    assert used.share == pytest.approx(1, abs=0.01)
    assert used.others == 0


def test_what_live_events_use_counts_and_is_told_apart() -> None:
    requests = [*evenly(8, 30), *evenly(2, 30, "/api/v1/conversations/new")]

    used = use(requests, [stretch(0, 30)], PAST, 10)

    assert used.share == pytest.approx(1, abs=0.01)
    assert used.of_the_past == pytest.approx(8, abs=0.1)


def test_a_slow_service_is_seen() -> None:
    assert use(evenly(9, 30), [stretch(0, 30)], PAST, 10).share < 0.92


def test_a_service_that_does_nothing_until_it_is_killed_is_seen() -> None:
    requests = [*evenly(10, 15), *evenly(10, 30, begin=40)]

    assert use(requests, [stretch(0, 30), stretch(40, 70)], PAST, 10).share < 0.8


def test_a_burst_at_the_beginning_is_no_rate() -> None:
    burst = [request(number / 1000) for number in range(10)]

    assert use([*burst, *evenly(5, 30)], [stretch(0, 30)], PAST, 10).share < 0.52


def test_the_time_before_the_first_request_is_told_and_does_not_count() -> None:
    used = use([*evenly(10, 20, begin=5), *evenly(10, 20, begin=33)], [stretch(0, 25), stretch(30, 60)], PAST, 10)

    assert used.late_s == pytest.approx(8)
    assert used.share == pytest.approx(1, abs=0.02)


def test_a_start_that_was_killed_within_its_first_second_tells_nothing() -> None:
    requests = [*evenly(10, 20), request(30.1), *evenly(10, 20, begin=40)]
    stretches = [stretch(0, 20), stretch(30, 30.2), stretch(40, 60)]

    assert use(requests, stretches, PAST, 10).seconds == pytest.approx(38, abs=0.2)


def test_without_requests_nothing_is_used() -> None:
    assert use([], [stretch(0, 30)], PAST, 10).share == 0


def test_answers_429_are_counted() -> None:
    assert throttled([request(0), request(1, status=429), request(2, "/api/v1/reports", 429, "POST")]) == 2


@pytest.mark.parametrize(
    ("requests", "stretches", "expected"),
    [
        ([request(0), request(0, LIST)], [stretch(0, 30)], {}),
        ([request(0), request(1)], [stretch(0, 30)], {PROFILE: 1}),
        # In hand at a kill, and read again after it.
        ([request(25), request(31)], [stretch(0, 30), stretch(30, 60)], {}),
        # Read and done with long before the kill.
        ([request(15), request(31)], [stretch(0, 30), stretch(30, 60)], {PROFILE: 1}),
        # Twice before the kill.
        ([request(25), request(26)], [stretch(0, 30), stretch(30, 60)], {PROFILE: 1}),
        # A second time in the same life.
        ([request(25), request(31), request(32)], [stretch(0, 30), stretch(31, 60)], {PROFILE: 1}),
        # An answer of no use is asked for again.
        ([request(0, status=503), request(1, status=None), request(2)], [stretch(0, 30)], {}),
        # Somebody who lives is read afresh.
        ([request(0, "/api/v1/customer-profiles/new"), request(1, "/api/v1/customer-profiles/new")], [], {}),
    ],
)
def test_what_is_asked_for_again_must_have_been_in_hand(
    requests: Sequence[Request], stretches: Sequence[Stretch], expected: dict[str, int]
) -> None:
    assert timedelta(seconds=5) < IN_HAND < timedelta(seconds=15)
    assert repeated(requests, stretches, PAST) == expected


def test_a_customer_may_be_read_once_for_each_id_by_which_lists_name_it() -> None:
    past = Past(PAST.customers, PAST.conversations, {"old": 1})

    assert repeated([request(0), request(15)], [stretch(0, 30)], past) == {}
    assert repeated([request(0), request(15), request(20)], [stretch(0, 30)], past) == {PROFILE: 1}
    assert asked_again([request(0), request(15), request(20)], past) == 1


def test_what_is_asked_for_again_is_counted_in_hand_or_not() -> None:
    assert asked_again([request(0), request(1), request(2, LIST), request(3)], PAST) == 2


def test_a_life_in_which_only_lists_were_read_is_told() -> None:
    requests = [request(1, "/api/v1/reports", method="POST"), request(12)]

    assert without_a_request(requests, [stretch(0, 10), stretch(10, 20)], PAST) == 1
