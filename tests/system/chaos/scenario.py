"""A scenario lets conversations come and go while something is wrong; the ledgers judge it in the end."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

from gladly_segment.sandbox.faults import FaultRule
from tests.system.chaos.judgement import Judgement
from tests.system.chaos.world import World, world

Scenario: TypeAlias = Callable[[World, random.Random], Awaitable[None]]

API = "/api/v1"
TRACKING = "/v1"

_IN_TROUBLE_WITHIN_S = 60.0
_PAUSE_S = 0.05


async def run_scenario(scenario: Scenario, *, seed: int) -> Judgement:
    """Try one scenario on a fresh world. Raises what the scenario itself finds wrong."""
    async with world(seed=seed) as here:
        await here.start()
        await here.register()
        await scenario(here, random.Random(seed))  # noqa: S311 - repeatable, not secret
        judgement = await here.judge()
        await here.service.stop()
    return judgement


@asynccontextmanager
async def gladly_fails(here: World, *rules: FaultRule) -> AsyncGenerator[None]:
    """Let Gladly be in trouble meanwhile."""
    await here.faults(here.gladly, *rules)
    yield
    await here.faults(here.gladly)


@asynccontextmanager
async def segment_fails(here: World, *rules: FaultRule) -> AsyncGenerator[None]:
    """Let Segment be in trouble meanwhile."""
    await here.faults(here.segment, *rules)
    yield
    await here.faults(here.segment)


async def play_into_trouble(here: World, draws: random.Random, *, failures: int = 3) -> None:
    """Let conversations come and go, at least a few and as long as it takes until calls have failed."""
    before = (await here.progress()).failed_attempts
    await here.play(8, draws)
    async with asyncio.timeout(_IN_TROUBLE_WITHIN_S):
        while (await here.progress()).failed_attempts < before + failures:
            await here.play(1, draws)
            await asyncio.sleep(_PAUSE_S)
