"""Gladly's rate limit is kept wherever on its way Gladly counts a request (Gladly fact sheet, access).

`simulate` plays the limiter: calls that come at any time take any time to reach the server, which counts them
there, and any time to be answered. Moments are multiples of 1/1024 s, so that sums are exact.
"""

import copy
import heapq
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Final, Protocol

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from gladly_segment.core.quota import Quota

WINDOW_S: Final = 1.0
DEFAULT_LIMIT_PER_S: Final = 10
_TICKS_PER_S: Final = 1024


class Places(Protocol):
    """What the limiter asks of a quota."""

    def take(self, now: float, /) -> bool: ...
    def next_change(self, now: float, /) -> float | None: ...
    def answered(self, now: float, /, *, limit: int | None, remaining: int | None) -> None: ...


class Call(msgspec.Struct, frozen=True):
    """One request: when it comes, how long until Gladly counts it and until it answers, what the answer tells."""

    at_s: float
    there_s: float
    back_s: float
    remaining: int | None = None


def simulate(quota: Places, calls: Sequence[Call], limit: int | None = None) -> list[float]:
    """Let calls pass as the quota permits; give the moments at which the server counted them."""
    order = count()
    agenda: list[tuple[float, int, Call | None, bool]] = [(call.at_s, next(order), call, False) for call in calls]
    heapq.heapify(agenda)
    waiting: deque[Call] = deque()
    counted: list[float] = []
    while agenda:
        now, _, call, is_answer = heapq.heappop(agenda)
        if call is not None and is_answer:
            quota.answered(now, limit=limit, remaining=call.remaining)
        elif call is not None:
            waiting.append(call)
        while waiting and quota.take(now):
            sent = waiting.popleft()
            counted.append(now + sent.there_s)
            heapq.heappush(agenda, (now + sent.there_s + sent.back_s, next(order), sent, True))
        if waiting and (at := quota.next_change(now)) is not None:
            heapq.heappush(agenda, (at, next(order), None, False))
    return sorted(counted)


def fullest_window(counted: Sequence[float]) -> int:
    """The most requests that any second at the server holds."""
    return max(sum(begin <= moment < begin + WINDOW_S for moment in counted) for begin in counted)


def seconds(most_s: float) -> st.SearchStrategy[float]:
    return st.integers(0, int(most_s * _TICKS_PER_S)).map(lambda ticks: ticks / _TICKS_PER_S)


@st.composite
def many_calls(draw: st.DrawFn) -> list[Call]:
    """Bursts or streams of calls, on a near or a far way there and back."""
    longest_s = st.sampled_from([0.0, 0.125, 1.0, 2.0])
    at_s, there_s, back_s = (seconds(draw(longest_s)) for _ in range(3))
    told = draw(st.sampled_from([st.none(), st.integers(0, 40)]))
    length = draw(st.integers(1, 50))
    return draw(st.lists(st.builds(Call, at_s, there_s, back_s, told), min_size=length, max_size=length))


shares: Final = st.sampled_from([0.1, 0.25, 0.5, 0.8, 1.0])


limits: Final = st.sampled_from([None, DEFAULT_LIMIT_PER_S, 15, 40])


class FreesAtTheAnswer(Quota):
    """A wrong quota: only requests under way hold a place."""

    def answered(self, now: float, *, limit: int | None, remaining: int | None) -> None:
        super().answered(now - WINDOW_S, limit=limit, remaining=remaining)


class FreesASecondAfterSending:
    """A wrong quota: it counts by the sender's clock, as if requests took no time to the server."""

    def __init__(self, share: float) -> None:
        self._quota = Quota(share)

    def take(self, now: float) -> bool:
        taken = self._quota.take(now)
        if taken:
            self._quota.answered(now, limit=None, remaining=None)
        return taken

    def next_change(self, now: float) -> float | None:
        return self._quota.next_change(now)

    def answered(self, _now: float, /, **_told: int | None) -> None:
        """Too late: the place is free already."""


def used(requests: int) -> Quota:
    """A quota that may use everything, with requests under way."""
    quota = Quota(share=1.0)
    assert all(quota.take(0.0) for _ in range(requests))
    return quota


@given(calls=many_calls(), share=shares, limit=limits)
def test_no_second_at_the_server_holds_more_than_permitted(calls: list[Call], share: float, limit: int | None) -> None:
    counted = simulate(Quota(share), calls, limit)

    assert fullest_window(counted) <= max(1, int((limit or DEFAULT_LIMIT_PER_S) * share))


@pytest.mark.parametrize("wrong", [FreesAtTheAnswer, FreesASecondAfterSending])
def test_a_wrong_quota_is_caught(wrong: Callable[[float], Places]) -> None:
    @settings(database=None, derandomize=True, phases=[Phase.generate])
    @given(calls=many_calls())
    def keeps_the_limit(calls: list[Call]) -> None:
        assert fullest_window(simulate(wrong(1.0), calls)) <= DEFAULT_LIMIT_PER_S

    with pytest.raises(AssertionError):
        keeps_the_limit()


@given(calls=many_calls(), share=shares, limit=limits)
def test_every_call_gets_through(calls: list[Call], share: float, limit: int | None) -> None:
    assert len(simulate(Quota(share), calls, limit)) == len(calls)


class Sparing:
    """A quota as those see it who leave places free."""

    def __init__(self, share: float) -> None:
        self._quota = Quota(share)
        self.next_change, self.answered = self._quota.next_change, self._quota.answered

    def take(self, now: float) -> bool:
        return self._quota.take(now, self._quota.spare(now))


@given(calls=many_calls(), share=shares, limit=limits)
def test_every_call_that_leaves_places_free_gets_through(calls: list[Call], share: float, limit: int | None) -> None:
    assert len(simulate(Sparing(share), calls, limit)) == len(calls)


@pytest.mark.parametrize(("limit", "spare"), [(1, 0), (2, 1), (3, 2), (10, 2), (59, 2), (60, 3), (100, 5), (600, 30)])
def test_a_part_of_what_is_permitted_can_be_spared(limit: int, spare: int) -> None:
    quota = used(1)
    quota.answered(0.0, limit=limit, remaining=None)

    assert quota.spare(0.0) == spare
    assert sum(quota.take(1.0, spare) for _ in range(limit)) == limit - spare
    assert sum(quota.take(1.0) for _ in range(limit)) == spare


@pytest.mark.parametrize(("share", "permitted"), [(1.0, 10), (0.8, 8), (0.25, 2), (0.1, 1), (0.01, 1)])
def test_what_is_permitted_is_used_up(share: float, permitted: int) -> None:
    all_at_once = [Call(at_s=0.0, there_s=0.0, back_s=0.0)] * (3 * permitted)

    assert simulate(Quota(share), all_at_once) == [0.0] * permitted + [1.0] * permitted + [2.0] * permitted


def test_a_request_holds_its_place_until_a_second_after_its_answer() -> None:
    quota = used(DEFAULT_LIMIT_PER_S)

    assert not quota.take(100.0)
    quota.answered(100.0, limit=None, remaining=None)
    assert not quota.take(100.99)
    assert quota.next_change(100.99) == 101.0
    assert quota.take(101.0)


def test_the_limit_is_the_one_gladly_tells() -> None:
    quota = used(2)
    quota.answered(0.0, limit=50, remaining=None)
    assert (quota.limit_per_s, quota.permitted(0.0)) == (50, 50)

    quota.answered(0.0, limit=None, remaining=None)
    assert (quota.limit_per_s, quota.permitted(0.0)) == (50, 50)


def test_a_limit_of_nothing_is_not_believed() -> None:
    quota = used(1)

    quota.answered(0.0, limit=0, remaining=None)

    assert quota.permitted(0.0) == DEFAULT_LIMIT_PER_S


@pytest.mark.parametrize(("remaining", "permitted"), [(7, 10), (6, 9), (2, 5), (0, 3)])
def test_what_other_tools_used_up_is_left_to_them_for_a_second(remaining: int, permitted: int) -> None:
    quota = used(3)

    quota.answered(0.0, limit=10, remaining=remaining)

    assert quota.permitted(0.0) == quota.permitted(0.99) == permitted
    assert quota.permitted(1.0) == 10


def test_one_place_is_ours_whatever_others_do() -> None:
    quota = used(1)

    quota.answered(0.0, limit=10, remaining=0)

    assert quota.permitted(0.0) == 1


def test_after_a_429_nothing_is_sent_for_a_second() -> None:
    quota = used(1)

    quota.throttled(5.0)

    assert not quota.take(5.99)
    assert quota.next_change(5.5) == 6.0
    assert quota.take(6.0)


others: Final = st.tuples(limits, st.none() | st.integers(0, 40))


def steps(answers: st.SearchStrategy[tuple[int | None, int | None]]) -> st.SearchStrategy[list[tuple[str, Any]]]:
    """What happens to a quota, one thing after the other; `answers` tell of the limit and of what remains."""
    return st.lists(
        st.tuples(st.just("wait"), seconds(1))
        | st.tuples(st.just("take"), st.integers(1, 12))
        | st.tuples(st.just("answer"), answers)
        | st.tuples(st.just("throttled"), st.none()),
        max_size=30,
    )


def refused_while_there_is_room(steps: list[tuple[str, Any]], limit: int, spare: int | None) -> bool:
    """Tell whether a request would be refused at any time while only such hold places as spare some for it."""
    quota, now, under_way = Quota(1.0), 0.0, 0
    assert quota.take(now)
    quota.answered(now, limit=limit, remaining=None)
    blocked_until = 0.0
    for step, value in steps:
        match step:
            case "wait":
                now += value
            case "take":
                spared = quota.spare(now) if spare is None else spare
                under_way += sum(quota.take(now, spared) for _ in range(value))
            case "answer" if under_way:
                quota.answered(now, limit=None, remaining=None)
                under_way -= 1
            case "throttled":
                quota.throttled(now)
                blocked_until = now + WINDOW_S
            case _:
                pass
        if limit > 1 and now >= blocked_until and not copy.deepcopy(quota).take(now):
            return True
    return False


@given(steps=steps(others), limit=st.sampled_from([1, 2, 3, 10, 60]))
def test_nobody_is_refused_while_only_those_hold_places_who_leave_some_free(
    steps: list[tuple[str, Any]], limit: int
) -> None:
    assert not refused_while_there_is_room(steps, limit, spare=None)


def test_who_leaves_no_place_free_is_caught() -> None:
    @settings(database=None, derandomize=True, phases=[Phase.generate])
    @given(steps=steps(others))
    def leaves_some_free(steps: list[tuple[str, Any]]) -> None:
        assert not refused_while_there_is_room(steps, limit=10, spare=0)

    with pytest.raises(AssertionError):
        leaves_some_free()


@given(steps=steps(others), share=shares, spare=st.sampled_from([0, 1, 2]))
def test_a_refused_request_is_told_the_first_moment_at_which_it_may_be_taken(
    steps: list[tuple[str, Any]], share: float, spare: int
) -> None:
    quota, now, under_way = Quota(share), 0.0, 0
    for step, value in steps:
        match step:
            case "wait":
                now += value
            case "take":
                under_way += sum(quota.take(now) for _ in range(value))
            case "answer" if under_way:
                limit, remaining = value
                quota.answered(now, limit=limit, remaining=remaining)
                under_way -= 1
            case "throttled":
                quota.throttled(now)
            case _:
                pass
        refusing = copy.deepcopy(quota)
        if not refusing.take(now, min(spare, refusing.permitted(now) - 1)):
            at = refusing.next_change(now)
            assert at is None or at > now
            earlier = [now + ahead for ahead in (0.001, 0.1, 0.5, 0.999, 1.0, 1.5, 1000.0)]
            assert not any(
                copy.deepcopy(refusing).take(moment, spare) for moment in earlier if at is None or moment < at
            )
