"""Who passes first when several wait: what is live before who looks on, and both before the past."""

import asyncio

import pytest

from gladly_segment.gladly import Limiter, Rank
from tests.support.clock import ManualClock
from tests.unit.gladly.waiting import PLACES, SPARE, Line, let_pass, settle


@pytest.mark.parametrize(("rank", "before"), [(Rank.PREVIEW, Rank.LIVE), (Rank.PAST, Rank.PREVIEW)])
async def test_a_rank_passes_once_nobody_of_a_smaller_one_waits(rank: Rank, before: Rank) -> None:
    clock = ManualClock()
    limiter = Limiter(clock, 1.0)
    first, yielding = Line(limiter, rank=before), Line(limiter, rank=rank)
    await first.join(PLACES)
    await yielding.join(2)
    await first.join(2)

    passed: list[tuple[int, int]] = []
    for leaving in (2, PLACES):
        for _ in range(leaving):
            await first.leave()
        await let_pass(clock, 1.5)
        passed.append((len(first.entered), len(yielding.entered)))

    assert passed == [(PLACES + 2, 0), (PLACES + 2, 2)]


async def test_who_looks_on_passes_at_once_when_there_is_room_and_in_the_order_of_coming() -> None:
    clock = ManualClock()
    yielding = Line(Limiter(clock, 1.0), rank=Rank.PREVIEW)

    await yielding.join(PLACES + 2)
    assert yielding.entered == list(range(PLACES))

    await yielding.leave()
    await yielding.leave()
    clock.advance(1.0)
    await settle()
    assert yielding.entered == list(range(PLACES + 2))


@pytest.mark.parametrize("rank", [Rank.PREVIEW, Rank.PAST])
async def test_a_rank_does_not_pass_those_who_wait_for_the_same_place(rank: Rank) -> None:
    clock = ManualClock()
    limiter = Limiter(clock, 1.0)
    first, yielding = Line(limiter), Line(limiter, rank=rank)
    await first.join(PLACES + 1)
    await first.leave()

    # It is at the door before the place is given to the one who waits for it.
    newcomer = asyncio.create_task(yielding.join(1))
    await asyncio.sleep(0)
    clock.advance(1.0)
    await newcomer

    assert len(first.entered) == PLACES + 1
    assert yielding.entered == []


async def test_who_looks_on_and_gives_up_is_not_waited_for() -> None:
    clock = ManualClock()
    limiter = Limiter(clock, 1.0)
    first, yielding = Line(limiter), Line(limiter, rank=Rank.PREVIEW)
    await first.join(PLACES)
    await yielding.join(2)

    await yielding.give_up(0)
    await first.leave()
    clock.advance(1.0)
    await settle()

    assert yielding.entered == [1]


async def test_the_past_leaves_places_free_for_what_is_live() -> None:
    clock = ManualClock()
    limiter = Limiter(clock, 1.0)
    past, live = Line(limiter, rank=Rank.PAST), Line(limiter)

    await past.join(PLACES)
    await let_pass(clock, 3.0)
    await live.join(SPARE)

    assert (len(past.entered), len(live.entered)) == (PLACES - SPARE, SPARE)


async def test_the_past_takes_the_places_again_when_more_than_it_spares_are_free() -> None:
    clock = ManualClock()
    limiter = Limiter(clock, 1.0)
    past, live = Line(limiter, rank=Rank.PAST), Line(limiter)
    await past.join(PLACES)
    await let_pass(clock, 3.0)
    await live.join(SPARE)

    entered: list[int] = []
    for leaving in (live, live, past):
        await leaving.leave()
        await let_pass(clock, 1.5)
        entered.append(len(past.entered))

    # Its own places are all taken until one of its own requests is answered.
    assert entered == [PLACES - SPARE] * 2 + [PLACES - SPARE + 1]


async def test_what_is_live_passes_the_past_that_waits() -> None:
    clock = ManualClock()
    limiter = Limiter(clock, 1.0)
    past, live = Line(limiter, rank=Rank.PAST), Line(limiter)
    await past.join(PLACES + 5)
    await let_pass(clock, 3.0)
    await live.join(SPARE + 2)
    await past.leave()
    clock.advance(1.0)
    await settle()

    assert (len(past.entered), len(live.entered)) == (PLACES - SPARE, SPARE + 1)


async def test_the_past_comes_at_even_intervals_as_its_places_would_come_free_all_at_once() -> None:
    clock = ManualClock()
    past = Line(Limiter(clock, 1.0), rank=Rank.PAST)
    await past.join(PLACES)

    entered: list[int] = []
    for _ in range(4):
        await let_pass(clock, 0.25)
        entered.append(len(past.entered))

    assert entered == sorted({*entered})
    assert entered[-1] == PLACES - SPARE


async def test_what_is_live_does_not_wait_until_the_past_may_come_again() -> None:
    clock = ManualClock()
    limiter = Limiter(clock, 0.2)
    past, live = Line(limiter, rank=Rank.PAST), Line(limiter)
    await live.join(1)
    await past.join(2)
    await live.leave()
    await let_pass(clock, 0.9)
    await live.join(2)

    await let_pass(clock, 0.2)

    assert len(live.entered) >= 2


async def test_a_single_place_is_not_kept_from_the_past() -> None:
    past = Line(Limiter(ManualClock(), 0.1), rank=Rank.PAST)

    await past.join(2)

    assert past.entered == [0]


async def test_it_tells_what_is_permitted_and_what_passed() -> None:
    clock = ManualClock()
    limiter = Limiter(clock, 1.0)
    past, writing, live = Line(limiter, rank=Rank.PAST), Line(limiter, "POST", rank=Rank.PAST), Line(limiter)
    assert (limiter.permitted_per_s("GET"), limiter.permitted_per_s("GET", Rank.PAST)) == (PLACES, PLACES - SPARE)
    await past.join(PLACES)
    await let_pass(clock, 3.0)
    await writing.join(1)
    await live.join(1)

    await past.leave(limit=100)

    assert (limiter.permitted_per_s("GET"), limiter.permitted_per_s("GET", Rank.PAST)) == (100, 95)
    assert (limiter.permitted_per_s("POST"), limiter.permitted_per_s("POST", Rank.PREVIEW)) == (PLACES, PLACES)
    assert [limiter.passed(rank) for rank in Rank] == [1, 0, PLACES + 1]
