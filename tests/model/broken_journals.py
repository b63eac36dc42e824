"""Journals that break their contract, each in one way: the machine must find them all."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import count

import msgspec

from gladly_segment.core.ids import Lane, OrganizationId
from gladly_segment.core.lifecycle import Priority, Stage, State, Traffic
from gladly_segment.core.records import Appended, Deferred, Entry, Receipt, Settlement, Tally
from gladly_segment.ports.journal import Journal


class _Disguised:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def append(self, receipt: Receipt) -> Appended:
        return await self._journal.append(receipt)

    async def ready(self, stage: Stage, organization: OrganizationId, traffic: Traffic | None = None) -> None:
        await self._journal.ready(stage, organization, traffic)

    async def claim(
        self, stage: Stage, organization: OrganizationId, limit: int, traffic: Traffic | None = None
    ) -> Sequence[Entry]:
        return await self._journal.claim(stage, organization, limit, traffic)

    async def settle(self, settlements: Sequence[Settlement]) -> None:
        await self._journal.settle(settlements)

    async def probe(self) -> None:
        await self._journal.probe()

    async def tally(self) -> Sequence[Tally]:
        return await self._journal.tally()


class ForgetsClaims(_Disguised):
    """Hands out again what was handed out and is not settled."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal)
        self._handed_out: list[Entry] = []

    async def claim(
        self, stage: Stage, organization: OrganizationId, limit: int, traffic: Traffic | None = None
    ) -> Sequence[Entry]:
        again = [each for each in self._handed_out if each.organization == organization]
        of_stage = State.RECEIVED if stage is Stage.ENRICH else State.READY
        entries = await super().claim(stage, organization, limit, traffic)
        self._handed_out += entries
        return [*(each for each in again if each.state is of_stage), *entries][:limit]

    async def settle(self, settlements: Sequence[Settlement]) -> None:
        await super().settle(settlements)
        settled = {settlement.seq for settlement in settlements}
        self._handed_out = [entry for entry in self._handed_out if entry.seq not in settled]


class PromotesOutOfOrder(_Disguised):
    """Knows no lanes: whatever is ready is handed out for delivery."""

    _numbers = count()

    async def append(self, receipt: Receipt) -> Appended:
        lane = Lane(f"{next(self._numbers)}:{receipt.lane}")
        return await super().append(msgspec.structs.replace(receipt, lane=lane))

    async def claim(
        self, stage: Stage, organization: OrganizationId, limit: int, traffic: Traffic | None = None
    ) -> Sequence[Entry]:
        entries = await super().claim(stage, organization, limit, traffic)
        return [msgspec.structs.replace(each, lane=Lane(each.lane.partition(":")[2])) for each in entries]


class LosesReceipts(_Disguised):
    """Acknowledges every fourth receipt without writing it."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal)
        self._appended = 0

    async def append(self, receipt: Receipt) -> Appended:
        self._appended += 1
        return await super().append(receipt) if self._appended % 4 else Appended.NEW


class TakesEveryReceipt(_Disguised):
    """Does not tell a duplicate."""

    async def append(self, receipt: Receipt) -> Appended:
        await super().append(receipt)
        return Appended.NEW


class SettlesByHalves(_Disguised):
    """Leaves out the last of several settlements."""

    async def settle(self, settlements: Sequence[Settlement]) -> None:
        await super().settle(settlements[:-1] if len(settlements) > 1 else settlements)


class SettlesOneByOne(_Disguised):
    """Lets those before a stale settlement take place."""

    async def settle(self, settlements: Sequence[Settlement]) -> None:
        for settlement in settlements:
            await super().settle([settlement])


class HandsOutTooEarly(_Disguised):
    """Takes a second off every deferral."""

    async def settle(self, settlements: Sequence[Settlement]) -> None:
        await super().settle([self._sooner(settlement) for settlement in settlements])

    def _sooner(self, settlement: Settlement) -> Settlement:
        if not isinstance(settlement, Deferred):
            return settlement
        return msgspec.structs.replace(settlement, due_at=settlement.due_at - timedelta(seconds=1))


class ForgetsAttempts(_Disguised):
    """Counts no attempt."""

    async def settle(self, settlements: Sequence[Settlement]) -> None:
        await super().settle(
            [
                msgspec.structs.replace(settlement, counted=False) if isinstance(settlement, Deferred) else settlement
                for settlement in settlements
            ]
        )


class SleepsIn(_Disguised):
    """Wakes nobody who waits already."""

    async def ready(self, stage: Stage, organization: OrganizationId, traffic: Traffic | None = None) -> None:
        waiting = asyncio.ensure_future(super().ready(stage, organization, traffic))
        await asyncio.sleep(0)
        if not waiting.done():
            waiting.cancel()
            await asyncio.Event().wait()


class ForgetsTheOrganization(_Disguised):
    """Counts for one organization what belongs to another."""

    async def tally(self) -> Sequence[Tally]:
        tallies = await super().tally()
        return [msgspec.structs.replace(each, organization=tallies[0].organization) for each in tallies]


class MixesTraffic(_Disguised):
    """Hands the past out to whoever works on the present."""

    async def claim(
        self, stage: Stage, organization: OrganizationId, limit: int, traffic: Traffic | None = None
    ) -> Sequence[Entry]:
        return await super().claim(stage, organization, limit, None if traffic is Traffic.PRESENT else traffic)


class KnowsNoPriority(_Disguised):
    """Takes everything as live."""

    async def append(self, receipt: Receipt) -> Appended:
        return await super().append(msgspec.structs.replace(receipt, priority=Priority.LIVE))
