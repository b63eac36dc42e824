"""The service is killed at random moments, under load: what it acknowledged arrives, once and in order."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from gladly_segment.sandbox.audit import AuditReport
from tests.system.programs import MODULE
from tests.system.vendors import Gladly
from tests.system.world import Shop, World, world

SEED = 20260301
KILLS = 10
ALIVE_S = (0.05, 0.7)
"""How long the service runs before it is killed, from when it listens."""

FASTER = 300.0
"""Gladly's waits: a webhook that met a dead service comes again after 0.1 s, then after 1 s, 6 s and 12 s."""

KILLING_ENDS_AFTER_S = 14.0
"""However slow this machine is: at its last attempt a webhook must not meet a dead service again."""

HASTY = (str(Path(__file__).with_name("hasty.py")),)

UNRELIABLE: tuple[dict[str, Any], ...] = (
    {"kind": "reset", "share": 0.1, "after_handling": True},
    {"kind": "status", "status": 503, "share": 0.2},
)
"""Segment accepts a batch and its answer is lost, so that it comes again; or does not accept it, so that it waits."""

FINDINGS = ("lost", "doubled", "out_of_order", "unfaithful", "dropped", "unexplained")

Load = Callable[[Shop], Awaitable[None]]


async def a_long_rush(shop: Shop) -> None:
    """More of them, for as long as the service is being killed."""
    for _ in range(3):
        await a_rush(shop)


async def a_rush(shop: Shop) -> None:
    """Conversations opened and closed one upon the other."""
    for _ in range(15):
        await asyncio.gather(*(_opened_and_closed(shop.gladly) for _ in range(5)))
        await asyncio.sleep(0.1)


async def _opened_and_closed(gladly: Gladly) -> None:
    await gladly.conversation()


async def kill_and_restart(running: World, kills: int) -> None:
    moments = random.Random(SEED)  # noqa: S311 - must be repeatable, not secret
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + KILLING_ENDS_AFTER_S
    for _ in range(kills):
        await asyncio.sleep(moments.uniform(*ALIVE_S))
        if loop.time() > ends_at:
            return
        await running.service.kill()
        await running.service.start()


async def audited_after_kills(directory: Path, program: tuple[str, ...], load: Load, kills: int) -> AuditReport:
    async with world(directory, "shop", time_factor=FASTER, program=program) as running:
        segment = running.shop.segment
        await segment.misbehave(*UNRELIABLE)
        await asyncio.gather(kill_and_restart(running, kills), load(running.shop))
        await segment.behave()
        return await running.audit()


async def test_of_what_was_acknowledged_nothing_is_lost_doubled_or_out_of_order(tmp_path: Path) -> None:
    report = await audited_after_kills(tmp_path, MODULE, a_long_rush, KILLS)

    assert report.ok, {name: found for name in FINDINGS if (found := getattr(report, name))}
    assert not report.not_delivered
    assert report.accepted > 200
    assert report.deduplicated > 0


async def test_an_acknowledgement_before_the_event_is_durable_would_be_found_out(tmp_path: Path) -> None:
    report = await audited_after_kills(tmp_path, HASTY, a_rush, kills=2)

    assert report.lost
