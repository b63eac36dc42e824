"""The service is killed at random moments, under load: what it acknowledged arrives, once and in order."""

import asyncio
import random
from pathlib import Path

from gladly_segment.sandbox.audit import AuditReport
from gladly_segment.sandbox.shop import play_day
from tests.system.programs import MODULE
from tests.system.world import World, world

SEED = 20260301
KILLS = 10
ALIVE_S = (0.05, 1.2)
"""How long the service runs before it is killed, from when it listens."""

FASTER = 150.0
"""Gladly's waits: a webhook that met a dead service comes again after 0.2 s, then after 2 s, 12 s and 24 s."""

HASTY = (str(Path(__file__).with_name("hasty.py")),)

UNRELIABLE = {"share": 0.1, "after_handling": True}


async def kill_and_restart(running: World, kills: int) -> None:
    moments = random.Random(SEED)  # noqa: S311 - must be repeatable, not secret
    for _ in range(kills):
        await asyncio.sleep(moments.uniform(*ALIVE_S))
        await running.service.kill()
        await running.service.start()


async def audited_after_kills(directory: Path, program: tuple[str, ...], kills: int, conversations: int) -> AuditReport:
    async with world(directory, "shop", time_factor=FASTER, program=program) as running:
        gladly, segment = running.shop.gladly, running.shop.segment
        # Accepted, and yet the answer is lost: it must be sent again under the same ids.
        await segment.misbehave({"kind": "reset", **UNRELIABLE}, {"kind": "status", "status": 503, **UNRELIABLE})
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(kill_and_restart(running, kills))
            tasks.create_task(
                play_day(
                    gladly.url,
                    segment.url,
                    conversations=conversations,
                    seed=SEED,
                    on_progress=lambda _done, _all: None,
                )
            )
        await segment.behave()
        return await running.audit()


async def test_of_what_was_acknowledged_nothing_is_lost_doubled_or_out_of_order(tmp_path: Path) -> None:
    report = await audited_after_kills(tmp_path, MODULE, KILLS, conversations=150)

    assert report.ok, report
    assert not report.not_delivered
    assert report.accepted > 300
    assert report.deduplicated > 0


async def test_an_acknowledgement_before_the_event_is_durable_would_be_found_out(tmp_path: Path) -> None:
    report = await audited_after_kills(tmp_path, HASTY, kills=3, conversations=40)

    assert report.lost
