"""Several organizations in one service: trouble of one is no trouble of the others, and ends when it is mended."""

import asyncio
from pathlib import Path

from tests.system.world import Shop, World, world

HELD_TIMEOUT_S = 45.0
"""A held stage is probed again after 15 to 30 s, and then all of it goes on."""


async def play(shop: Shop, conversations: int = 3) -> None:
    for number in range(conversations):
        await shop.gladly.conversation(f"Customer {number} of {shop.name}")


async def test_an_organization_in_trouble_delays_no_other_and_goes_on_when_mended(tmp_path: Path) -> None:
    async with world(tmp_path, "revoked", "refused", "hanging", "healthy") as running:
        service, shops = running.service, running.shops
        await _break(shops)
        await play(shops["revoked"])
        await play(shops["refused"])
        await play(shops["hanging"])
        await service.until(1, "stage_held", organization="revoked", stage="enrich")
        await service.until(1, "stage_held", organization="refused", stage="deliver")

        await play(shops["healthy"], conversations=10)

        await shops["healthy"].segment.stored(20)
        assert await _still_in_trouble(running) == {"revoked", "refused", "hanging"}
        await shops["revoked"].gladly.behave()
        await shops["refused"].segment.behave()
        await _all_arrived(running)
        assert await _still_in_trouble(running) == set()
        assert await service.sample("stage_held") == 0


async def _break(shops: dict[str, Shop]) -> None:
    await shops["revoked"].gladly.misbehave({"kind": "status", "status": 401, "method": "GET"})
    await shops["refused"].segment.misbehave({"kind": "status", "status": 401})
    await shops["hanging"].segment.misbehave({"kind": "hang", "times": 1, "after_handling": True})


async def _still_in_trouble(running: World) -> set[str]:
    return {name for name in running.shops if (await running.service.account(name)).pending}


async def _all_arrived(running: World) -> None:
    async with asyncio.TaskGroup() as tasks:
        for name in ("revoked", "refused", "hanging"):
            tasks.create_task(running.shops[name].segment.stored(6, HELD_TIMEOUT_S))
    for name, shop in running.shops.items():
        report = await running.audit(name)
        assert report.ok, (name, report)
        # What hung was accepted: it came again under the same ids.
        assert bool((await shop.segment.books()).duplicates) == (name == "hanging")
