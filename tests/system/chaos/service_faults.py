"""The service itself goes, comes and is started twice."""

import asyncio
import random

from tests.system.chaos.process import run_command
from tests.system.chaos.scenario import Scenario
from tests.system.chaos.world import World


async def _down(here: World, draws: random.Random) -> None:
    await here.play(3, draws)
    await here.service.kill()
    await here.play(10, draws)
    await here.start()


async def _sigterm_in_a_burst(here: World, draws: random.Random) -> None:
    for _ in range(2):
        play = asyncio.create_task(here.play(12, draws))
        await asyncio.sleep(draws.uniform(0.05, 0.3))
        await here.service.stop()
        await play
        await here.start()


async def _second_on_one_data_dir(here: World, draws: random.Random) -> None:
    play = asyncio.create_task(here.play(12, draws))
    second = await run_command("serve", "--config", str(here.settings))
    await play
    second.refused("another gladly-segment works on", str(here.data_dir))
    assert here.service.alive, "the second has disturbed the first"


SERVICE_FAULTS: dict[str, Scenario] = {
    "Service: down while Gladly delivers": _down,
    "Service: SIGTERM in a burst": _sigterm_in_a_burst,
    "Service: two on one data directory": _second_on_one_data_dir,
}
