"""Events that become dead letters, and what the service tells of them."""

import os
from collections.abc import Sequence
from typing import Final

from tests.system.forked import fork
from tests.system.world import Shop, World
from tests.ui.told import told, until
from tests.unit.journals.beside import content

REFUSED: Final = "request_refused"
LARGE: Final = "event_too_large"


async def dead_by_metric(running: World, **labels: str) -> float:
    """Read how many dead letters the metrics tell of."""
    return (await running.service.metrics()).total("dead_letters", **labels)


async def until_parked(running: World, letters: int) -> None:
    """Wait until there are so many dead letters."""
    await until(running, "/dead.json", lambda dead: dead["total"] == letters)


async def parked(running: World) -> dict[str, int]:
    """Read how many dead letters the overview tells of, by organization."""
    return {each["name"]: each["parked"] for each in (await told(running, "/status.json"))["organizations"]}


def kept(running: World) -> Sequence[str]:
    """Read all that the journal keeps of events."""
    tables = ('INSERT INTO "receipts"', 'INSERT INTO "attempts"', 'INSERT INTO "tallies"')
    return [line for line in content(running.service.data_dir) if line.startswith(tables)]


async def refuse(shop: Shop, *names: str) -> None:
    """Have Segment refuse the opening and the closing of a conversation of each of some customers."""
    await shop.segment.misbehave({"kind": "status", "status": 400, "body": "no"})
    for name in names:
        await shop.gladly.conversation(name)
    await shop.gladly.all_delivered()


async def outgrow(shop: Shop, **attributes: str) -> None:
    """Open and close a conversation of a customer with an attribute that makes its events too large for Segment."""
    await shop.gladly.conversation("Large", customAttributes={"story": "x" * 40_000, **attributes})
    await shop.gladly.all_delivered()


async def command(running: World, *arguments: str) -> str:
    """Run `gladly-segment` beside the service, on its settings."""
    config = ("--config", str(running.service.directory / "gladly-segment.toml"))
    process = await fork((*arguments, *config), log=running.service.directory / "command.log", variables=os.environ)
    said = await process.stdout.read()
    assert await process.wait() == 0
    return said.decode()
