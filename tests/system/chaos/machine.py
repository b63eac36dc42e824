"""The machine in trouble under a running service. The limits are the kernel's: no privilege is needed."""

import asyncio
import random
import resource
import signal
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from gladly_segment.sandbox.faults import FaultRule
from tests.system.chaos.judgement import Excuses, Judgement
from tests.system.chaos.process import run_command
from tests.system.chaos.scenario import API, Scenario, gladly_fails, play_into_trouble
from tests.system.chaos.world import World

_SEEN_WITHIN_S = 30.0
_LOOK_EVERY_S = 0.1
_SOON_S = 60.0
"""Against an hour, which is by how much the clock was wrong."""

_STANDARD_STREAMS = 3


async def _disk_full(here: World, draws: random.Random) -> None:
    await here.play(5, draws)
    async with _limited(here, resource.RLIMIT_FSIZE, 1):
        await _play_until(here, draws, lambda books: books.answers_503 > 0)
    await here.play(3, draws)


async def _no_descriptors(here: World, draws: random.Random) -> None:
    await here.play(5, draws)
    # So many at once need new connections: those that are open already would go on without a descriptor more.
    await here.deliveries(held=True)
    await here.play(12, draws)
    before = (await here.books({})).failed_answers
    async with _limited(here, resource.RLIMIT_NOFILE, _STANDARD_STREAMS):
        await here.deliveries()
        await _play_until(here, draws, lambda books: books.failed_answers > before)
    await here.play(3, draws)


def _clock_jumps(direction: signal.Signals, trouble: FaultRule) -> Scenario:
    async def scenario(here: World, draws: random.Random) -> None:
        here.excuses = Excuses(clock_jumped=True)
        async with gladly_fails(here, trouble):
            await play_into_trouble(here, draws)
            here.service.signal(direction)
            await here.play(3, draws)
        await here.settled(_SOON_S)

    return scenario


async def _cannot_write_at_start(here: World, draws: random.Random) -> None:
    await here.play(3, draws)
    await here.service.stop()
    ended = await run_command("serve", "--config", str(here.settings), full_disk=True)
    ended.refused("the journal in", "cannot be opened")
    await here.start()


async def _no_data_dir(here: World, draws: random.Random) -> None:
    await here.play(3, draws)
    occupied = here.folder / "occupied"
    occupied.write_text("a file, where a directory is to be made")
    ended = await run_command("serve", "--config", str(here.settings), "--data-dir", str(occupied / "data"))
    ended.refused("the data directory", "cannot be used")


@asynccontextmanager
async def _limited(here: World, limit: int, soft: int) -> AsyncGenerator[None]:
    """Lower a limit of the running service, and lift it again."""
    before = resource.prlimit(here.service.pid, limit)
    resource.prlimit(here.service.pid, limit, (soft, before[1]))
    try:
        yield
    finally:
        resource.prlimit(here.service.pid, limit, before)


async def _play_until(here: World, draws: random.Random, seen: Callable[[Judgement], bool]) -> None:
    async with asyncio.timeout(_SEEN_WITHIN_S):
        await here.play(8, draws)
        while not seen(await here.books({})):
            await here.play(1, draws)
            await asyncio.sleep(_LOOK_EVERY_S)


_UNAVAILABLE = FaultRule(kind="status", path_prefix=API, status=503)
_UNAUTHORIZED = FaultRule(kind="status", path_prefix=API, status=401)

MACHINE_FAULTS: dict[str, Scenario] = {
    "Machine: disk full and freed": _disk_full,
    "Machine: no file descriptors, and freed": _no_descriptors,
    "Machine: clock +1 h while events are deferred": _clock_jumps(signal.SIGUSR1, _UNAVAILABLE),
    "Machine: clock -1 h while events are deferred": _clock_jumps(signal.SIGUSR2, _UNAVAILABLE),
    "Machine: clock +1 h while a stage is held": _clock_jumps(signal.SIGUSR1, _UNAUTHORIZED),
    "Machine: clock -1 h while a stage is held": _clock_jumps(signal.SIGUSR2, _UNAUTHORIZED),
    "Machine: nothing can be written at the start": _cannot_write_at_start,
    "Machine: the data directory cannot be made": _no_data_dir,
}
