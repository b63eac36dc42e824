from gladly_segment.sandbox.gladly.ratelimit import RateLimit

S = 1_000_000_000


def test_no_window_of_one_second_holds_more_than_the_limit() -> None:
    limit = RateLimit(10)
    offered = [step * S // 37 for step in range(200)]

    admitted = [now for now in offered if limit.admit("GET", now)]

    assert all(sum(start <= now < start + S for now in admitted) <= 10 for start in offered)
    assert len(admitted) > 40


def test_a_burst_at_the_border_of_two_calendar_seconds_is_refused() -> None:
    limit = RateLimit(2)
    assert limit.admit("GET", 9 * S // 10)
    assert limit.admit("GET", 9 * S // 10)

    assert not limit.admit("GET", 11 * S // 10)
    assert limit.admit("GET", 19 * S // 10)


def test_each_method_has_its_own_limit() -> None:
    limit = RateLimit(1)

    assert [limit.admit(method, 0) for method in ("GET", "POST", "GET", "PATCH")] == [True, True, False, True]


def test_a_refused_request_does_not_count() -> None:
    limit = RateLimit(1)
    limit.admit("GET", 0)
    limit.admit("GET", S // 2)

    assert limit.admit("GET", S)


def test_the_remaining_requests_are_counted_down() -> None:
    limit = RateLimit(2)

    seen: list[int] = []
    for now in (0, 0, 0, S):
        limit.admit("GET", now)
        seen.append(limit.remaining("GET", now))

    assert seen == [1, 0, 0, 1]
