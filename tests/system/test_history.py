"""The history of a service that is killed, and made anew beside it: it is what the journal is, at last."""

import asyncio
import random
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from gladly_segment.core.lifecycle import State
from gladly_segment.ports.history import Progress, Search
from gladly_segment.service.history import reading_history
from tests.system.programs import MODULE
from tests.system.world import World
from tests.unit.history.projecting import content_of

WITHIN_S = 60
SEED = 20261124
KILLS = 6
ALIVE_S = (0.1, 0.6)


async def followed(data_dir: Path) -> Progress:
    """Wait until the history has everything that the journal has, and tell how far it is."""
    async with reading_history(data_dir) as history, asyncio.timeout(WITHIN_S):
        progress = await history.progress()
        while progress.behind or progress.rebuilt is not None:
            # What is behind need not change anything of what it shows.
            with suppress(TimeoutError):
                await asyncio.wait_for(history.changed(progress.revision), timeout=0.2)
            progress = await history.progress()
        return progress


async def command(data_dir: Path, *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, *MODULE, "history", *arguments, "--data-dir", str(data_dir), stdin=DEVNULL, stdout=PIPE
    )
    async with asyncio.timeout(WITHIN_S):
        out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode()


async def status(data_dir: Path) -> dict[str, Any]:
    return msgspec.json.decode(await command(data_dir, "status", "--json"))


async def test_killed_at_any_moment_it_goes_on_where_it_was(shop_world: World) -> None:
    gladly, service = shop_world.shop.gladly, shop_world.service
    moments = random.Random(SEED)  # noqa: S311 - must be repeatable, not secret
    for number in range(KILLS):
        await asyncio.gather(*(gladly.conversation(f"Customer {number}-{each}") for each in range(10)))
        await asyncio.sleep(moments.uniform(*ALIVE_S))
        await service.kill()
        await service.start()
    await gladly.all_delivered()
    settled = await service.settled("shop")
    progress = await followed(service.data_dir)
    by_following = content_of(service.data_dir)

    rebuilt = await command(service.data_dir, "rebuild")

    await followed(service.data_dir)
    assert f"the history has {progress.events} events" in rebuilt
    assert content_of(service.data_dir) == by_following
    assert progress.events == sum(settled.outcomes.values())
    assert progress.shed == 0


async def test_it_is_seen_and_made_anew_beside_the_service_and_without_it(shop_world: World) -> None:
    gladly, segment, service = shop_world.shop.gladly, shop_world.shop.segment, shop_world.service
    conversation = await gladly.conversation("Ann Example", emails=[{"original": "ann@shop.example"}])
    await segment.stored(2)
    await followed(service.data_dir)

    beside = await status(service.data_dir)
    assert await service.stop() == 0
    for file in service.data_dir.glob("history.sqlite*"):
        file.unlink()
    await command(service.data_dir, "rebuild")
    without = await status(service.data_dir)
    async with reading_history(service.data_dir) as history:
        found = await history.search(Search(text="ann@shop.exa", states=(State.DELIVERED,)), 10)
    await service.start()
    await service.until(without["events"], "history_events")

    assert (beside["events"], beside["behind"], beside["shed"]) == (without["events"], 0, 0)
    assert [event.conversation for event in found.events] == [conversation] * 2
    assert await service.sample("history_behind") == await service.sample("history_shed_total") == 0
