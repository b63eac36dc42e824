"""`kill -9` under load, at every boundary between stages and at moments drawn by chance."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice

import msgspec

from gladly_segment.sandbox.shop import play_day
from tests.system.chaos.dooms import BOUNDARIES, Doom
from tests.system.chaos.judgement import Judgement
from tests.system.chaos.process import run_command
from tests.system.chaos.world import World, world

BY_CHANCE = "by chance"

_DIES_WITHIN_S = 120.0
_MOST_STEPS = 12
_PLACES = (*BOUNDARIES, Doom.NONE)
_CONVERSATIONS_A_DAY = 110


class KillRun(msgspec.Struct, frozen=True):
    """What a run of kills came to."""

    kills: Mapping[str, int]
    judgement: Judgement


async def run_kills(*, kills: int, seed: int) -> KillRun:
    """Kill the service so often while conversations come and go, then judge.

    The places to die at take turns, in an order that is drawn.
    """
    draws = random.Random(seed)  # noqa: S311 - repeatable, not secret
    done = Counter[str]()
    async with world(seed=seed) as here:
        await here.start()
        await here.register()
        await here.play(1, draws)
        await here.service.kill()
        for place in islice(_places(draws), kills):
            await _one_life(here, place, draws)
            done[_name(place)] += 1
        await here.start()
        judgement = await here.judge()
        await here.service.stop()
    return KillRun(done, judgement)


async def run_day(*, seed: int) -> KillRun:
    """Kill the service again and again on a day in a shop: customers are merged and deleted, conversations vanish."""
    draws = random.Random(seed)  # noqa: S311 - repeatable, not secret
    done = Counter[str]()
    async with world(seed=seed) as here:
        await here.start()
        await here.register()
        await here.service.kill()
        day = asyncio.create_task(_a_day(here, seed))
        try:
            for place in _places(draws):
                await here.start(place, draws.randint(1, _MOST_STEPS))
                if not await _dies_on(day, here, draws.uniform(0.0, 0.4) if place is Doom.NONE else _DIES_WITHIN_S):
                    break
                done[_name(place)] += 1
        finally:
            day.cancel()
            await asyncio.wait([day])
        day.result()
        await here.service.kill()
        await here.start()
        judgement = await here.judge()
        await here.service.stop()
    return KillRun(done, judgement)


async def break_promise(doom: Doom, *, seed: int) -> Judgement:
    """Run a service that breaks a promise, with kills: a negative control of the judgement."""
    draws = random.Random(seed)  # noqa: S311 - repeatable, not secret
    async with world(seed=seed) as here:
        await here.start()
        await here.register()
        await here.service.kill()
        for _ in range(2):
            await here.start(doom)
            await here.play(4, draws)
            await here.handed_over()
            if doom is Doom.SETTLE_BEFORE_SEND:
                await here.until(lambda progress: progress.settled.get(("delivered", ""), 0) > 0)
            await here.service.kill()
        await here.start()
        if doom is Doom.RANDOM_IDS:
            # What was accepted is forgotten to be: it is sent again, under what must be the same id.
            await here.service.kill()
            await here.start(doom)
            await _send_again(here)
            await here.service.kill()
            await here.start()
        judgement = await here.judge()
        await here.service.stop()
    return judgement


async def _a_day(here: World, seed: int) -> None:
    await play_day(
        here.gladly.url,
        here.segment.url,
        conversations=_CONVERSATIONS_A_DAY,
        seed=seed,
        on_progress=_unseen,
    )


def _unseen(_done: int, _total: int) -> None:
    """Nobody watches this day."""


async def _dies_on(day: asyncio.Task[None], here: World, within_s: float) -> bool:
    """Wait until the service is dead, killing it when the time is over; False when the day ends before."""
    death = asyncio.create_task(here.service.ended(within_s))
    await asyncio.wait([day, death], return_when=asyncio.FIRST_COMPLETED)
    death.cancel()
    await asyncio.wait([death])
    if here.service.alive and not day.done():
        await here.service.kill()
    return not day.done()


def _places(draws: random.Random) -> Iterator[Doom]:
    """Where to die, one life after the other: all of them take turns, in an order that is drawn."""
    while True:
        yield from draws.sample(_PLACES, len(_PLACES))


def _name(place: Doom) -> str:
    return BY_CHANCE if place is Doom.NONE else str(place)


async def _send_again(here: World) -> None:
    await here.settled()
    replay = await run_command("replay", "--organization", "shop", "--since", "1h", "--data-dir", str(here.data_dir))
    if replay.status != 0:
        raise RuntimeError(f"the replay failed: {replay.errors}")
    await here.settled()


async def _one_life(here: World, place: Doom, draws: random.Random) -> None:
    """Start the service and play until it is dead: by its own hand, or at a moment drawn by chance."""
    await here.start(place, draws.randint(1, _MOST_STEPS))
    play = asyncio.create_task(_play_on(here, draws))
    try:
        if place is Doom.NONE:
            await asyncio.sleep(draws.uniform(0.0, 0.4))
            await here.service.kill()
        elif await here.service.ended(_DIES_WITHIN_S) is None:
            raise RuntimeError(f"the service was to die {place}, and did not")
    finally:
        play.cancel()
        await asyncio.wait([play])
    if not play.cancelled():
        play.result()


async def _play_on(here: World, draws: random.Random) -> None:
    while True:
        await here.play(1, draws)
        # As fast as the machine can would only pile up work for the judgement.
        await asyncio.sleep(0.02)
