"""Places for requests: in the order of asking, none lost, and never more than Gladly takes."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import aiohttp

from gladly_segment.gladly import Limiter
from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.service.clock import SystemClock
from tests.support.clock import ManualClock
from tests.unit.gladly.conftest import NewClient, StartShop
from tests.unit.gladly.waiting import PLACES, Line, settle


async def test_requests_pass_in_the_order_they_came() -> None:
    clock = ManualClock()
    line = Line(Limiter(clock, 1.0))
    await line.join(PLACES + 3)
    assert line.entered == list(range(PLACES))

    for _ in range(3):
        await line.leave()
    clock.advance(1.0)
    await settle()

    assert line.entered == list(range(PLACES + 3))


async def test_who_comes_later_does_not_pass_those_who_wait() -> None:
    clock = ManualClock()
    line = Line(Limiter(clock, 1.0))
    await line.join(PLACES + 1)
    await line.leave()

    # The newcomer is at the door before the place is given to the one who waits for it.
    newcomer = asyncio.create_task(line.join(1))
    await asyncio.sleep(0)
    clock.advance(1.0)
    await newcomer

    assert line.entered == list(range(PLACES + 1))


async def test_places_that_become_free_one_after_the_other_are_given_one_after_the_other() -> None:
    clock = ManualClock()
    line = Line(Limiter(clock, 1.0))
    await line.join(PLACES + 2)
    await line.leave()
    clock.advance(0.5)
    await line.leave()

    entered: list[int] = []
    for _ in range(2):
        clock.advance(0.5)
        await settle()
        entered.append(len(line.entered))

    assert entered == [PLACES + 1, PLACES + 2]


async def test_a_place_is_free_a_whole_second_after_the_answer() -> None:
    clock = ManualClock()
    line = Line(Limiter(clock, 1.0))
    await line.join(PLACES + 1)
    await line.leave()

    clock.advance(0.999)
    await settle()
    before = len(line.entered)
    clock.advance(0.001)
    await settle()

    assert (before, len(line.entered)) == (PLACES, PLACES + 1)


async def test_the_share_of_others_is_left_to_them() -> None:
    line = Line(Limiter(ManualClock(), 0.3))

    await line.join(PLACES)

    assert len(line.entered) == 3


async def test_each_method_has_places_of_its_own() -> None:
    clock = ManualClock()
    limiter = Limiter(clock, 1.0)
    reading, writing = Line(limiter), Line(limiter, "POST")
    await reading.join(PLACES + 5)
    await writing.join(PLACES + 5)
    before = len(reading.entered), len(writing.entered)

    await writing.leave()
    clock.advance(1.0)
    await settle()

    assert before == (PLACES, PLACES)
    assert (len(reading.entered), len(writing.entered)) == (PLACES, PLACES + 1)


async def test_a_raised_limit_admits_those_who_wait_at_once() -> None:
    line = Line(Limiter(ManualClock(), 1.0))
    await line.join(30)

    await line.leave(limit=25)

    # 24 under way and the place of the one that was answered.
    assert line.entered == list(range(25))


async def test_after_a_429_nobody_passes_for_a_second() -> None:
    clock = ManualClock()
    limiter = Limiter(clock, 1.0)
    line = Line(limiter)
    await line.join(1)
    limiter.throttled("GET")
    await line.leave()

    await line.join(1)
    clock.advance(0.999)
    await settle()
    held = list(line.entered)
    clock.advance(0.001)
    await settle()

    assert (held, line.entered) == ([0], [0, 1])


async def test_places_that_others_use_are_not_taken() -> None:
    clock = ManualClock()
    line = Line(Limiter(clock, 1.0))
    await line.join(1)

    await line.leave(limit=10, remaining=2)
    await line.join(PLACES)
    meanwhile = len(line.entered)
    clock.advance(1.0)
    await settle()

    # Seven of ten are others' for now; of our three, one still belongs to the answered request.
    assert (meanwhile, len(line.entered)) == (3, 11)


async def test_who_gives_up_waiting_takes_no_place_and_holds_up_nobody() -> None:
    clock = ManualClock()
    line = Line(Limiter(clock, 1.0))
    await line.join(PLACES + 4)

    await line.give_up(PLACES)
    await line.give_up(PLACES + 2)
    for _ in range(PLACES):
        await line.leave()
    clock.advance(1.0)
    await settle()

    assert line.entered == [*range(PLACES), PLACES + 1, PLACES + 3]


async def test_who_gives_up_at_the_moment_of_passing_gives_the_place_back() -> None:
    clock = ManualClock()
    line = Line(Limiter(clock, 1.0))
    await line.join(PLACES + 1)

    line.limiter.leave("GET")
    clock.advance(1.0)
    await asyncio.sleep(0)  # the doorman wakes up and lets the next one pass, who is not yet running
    await line.give_up(PLACES)
    assert line.entered == list(range(PLACES))

    clock.advance(1.0)
    await line.join(1)
    assert line.entered == [*range(PLACES), PLACES + 1]


async def test_any_mix_of_giving_up_and_leaving_loses_no_place() -> None:
    clock = ManualClock()
    line = Line(Limiter(clock, 1.0))
    for round_ in range(20):
        await line.join(PLACES + 5)
        for number in range(len(line.requests) - 3, len(line.requests)):
            await line.give_up(number)
        for _ in range(PLACES):
            await line.leave()
        clock.advance(1.0)
        await settle()
        for _ in range(2):
            await line.leave()
        clock.advance(1.0)

        assert len(line.entered) == (PLACES + 2) * (round_ + 1)


async def test_at_full_speed_from_many_tasks_gladly_never_says_429(
    start_shop: StartShop, new_client: NewClient
) -> None:
    shop = await start_shop(GladlyOptions(rate_limit_per_s=40))
    client = new_client(shop.url, clock=SystemClock(), share=1.0)

    await asyncio.gather(*(client.agents() for _ in range(130)))

    statuses = [status for _, status in await shop.asked()]
    assert statuses == [200] * 130


async def test_without_places_gladly_would_have_said_429(start_shop: StartShop) -> None:
    shop = await start_shop(GladlyOptions(rate_limit_per_s=40))
    headers = {"Authorization": aiohttp.encode_basic_auth(shop.options.user, shop.options.token)}

    async with aiohttp.ClientSession(headers=headers) as session:
        await asyncio.gather(*(_read(session.get(f"{shop.url}/api/v1/agents")) for _ in range(130)))

    assert 429 in [status for _, status in await shop.asked()]


async def _read(request: Coroutine[Any, Any, aiohttp.ClientResponse]) -> None:
    answer = await request
    await answer.read()
