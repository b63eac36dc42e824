"""What the cases do over and over."""

import asyncio
from collections.abc import Sequence

from gladly_segment.core.identity import message_id
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import Stage, Traffic
from gladly_segment.core.records import Entry, MadeReady
from gladly_segment.ports.journal import Journal
from tests.support.receipts import SHOP, receipt

PATIENCE_S = 30.0
"""How long a case waits for what must happen before it fails."""


async def fill(journal: Journal, *keys: str, lane: str | None = None) -> None:
    """Append receipts one after the other."""
    for key in keys:
        await journal.append(receipt(key, lane=lane))


async def claim(
    journal: Journal,
    stage: Stage,
    limit: int = 100,
    organization: OrganizationId = SHOP,
    traffic: Traffic | None = None,
) -> Sequence[Entry]:
    return await journal.claim(stage, organization, limit, traffic)


async def claimed_keys(journal: Journal, stage: Stage, limit: int = 100, traffic: Traffic | None = None) -> list[str]:
    return [entry.key for entry in await claim(journal, stage, limit, traffic=traffic)]


def made_ready(entry: Entry) -> MadeReady:
    return MadeReady(entry.seq, f"payload of {entry.key}".encode(), message_id(entry.key))


async def enrich(journal: Journal) -> None:
    """Make ready all that is received and due."""
    await journal.settle([made_ready(entry) for entry in await claim(journal, Stage.ENRICH)])


async def is_ready(
    journal: Journal, stage: Stage, organization: OrganizationId = SHOP, traffic: Traffic | None = None
) -> None:
    """Hold `ready` to its promise: it returns in what a clock that stands still takes for no time at all."""
    async with asyncio.timeout(PATIENCE_S):
        await journal.ready(stage, organization, traffic)


class Waiting:
    """A worker that waits for entries as the stages do: until `ready` returns and `claim` gives some."""

    def __init__(self, journal: Journal, stage: Stage, traffic: Traffic | None = None) -> None:
        self._journal = journal
        self._stage: Stage = stage
        self._traffic: Traffic | None = traffic
        self._task = asyncio.create_task(self._wait())

    async def began(self) -> None:
        """Let it come to where it waits."""
        for _ in range(100):
            await asyncio.sleep(0)
        await self._journal.tally()

    async def keys(self) -> list[str]:
        """Give the keys of what it got, once it got something."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._task

    async def _wait(self) -> list[str]:
        while True:
            await self._journal.ready(self._stage, SHOP, self._traffic)
            if keys := await claimed_keys(self._journal, self._stage, traffic=self._traffic):
                return keys
            await asyncio.sleep(0)


async def give_up(doing: asyncio.Task[object]) -> None:
    """Cancel an operation once it is under way."""
    await asyncio.sleep(0)
    doing.cancel()
    await asyncio.wait([doing])
