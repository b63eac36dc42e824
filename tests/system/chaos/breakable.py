"""The product's drivers with a fuse at each boundary, a clock that jumps, and less patience than in production."""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

import aiohttp
import msgspec
from typing_extensions import override

from gladly_segment.core.failures import Failure
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import Stage, Traffic
from gladly_segment.core.records import Appended, Delivered, Entry, Receipt
from gladly_segment.core.retry import RetryPolicy
from gladly_segment.deliver import DeliverWorker
from gladly_segment.journals.sqlite import SqliteJournal
from gladly_segment.ports.destination import Accepted
from gladly_segment.segment import SegmentClient
from gladly_segment.service.clock import SystemClock
from gladly_segment.transport.session import open_session
from tests.system.chaos.dooms import Doom, Fuse

_PATIENCE = 0.125
"""Share of the waits in production: for Gladly that comes to 1.25 s, for Segment to 1.9 s."""

_TOO_LATE_S = 5.0
"""A broken promise is made good after so long: by then the process is dead."""


class DoomedJournal(SqliteJournal):
    """A journal that dies at its boundaries, or promises too early."""

    fuse: ClassVar[Fuse]
    _unwritten: ClassVar[list[asyncio.Task[None]]] = []

    @override
    async def append(self, receipt: Receipt) -> Appended:
        self.fuse.burn(Doom.BEFORE_APPEND)
        if self.fuse.doom is Doom.ACK_BEFORE_FSYNC:
            self._unwritten.append(asyncio.create_task(self._append_later(receipt)))
            return Appended.NEW
        appended = await super().append(receipt)
        self.fuse.burn(Doom.AFTER_APPEND)
        return appended

    @override
    async def claim(
        self, stage: Stage, organization: OrganizationId, limit: int, traffic: Traffic | None = None
    ) -> Sequence[Entry]:
        entries = await super().claim(stage, organization, limit, traffic)
        if entries:
            self.fuse.burn(Doom.MID_CLAIM)
        return entries

    async def _append_later(self, receipt: Receipt) -> None:
        await asyncio.sleep(_TOO_LATE_S)
        await super().append(receipt)


class DoomedDestination(SegmentClient):
    """Segment's client, dying between acceptance and settlement, or making up ids."""

    fuse: ClassVar[Fuse]

    @override
    async def send(self, payloads: Sequence[bytes], *, attempt: int) -> Accepted | Failure:
        if self.fuse.doom is Doom.RANDOM_IDS:
            payloads = [_renamed(payload) for payload in payloads]
        outcome = await super().send(payloads, attempt=attempt)
        if isinstance(outcome, Accepted):
            self.fuse.burn(Doom.ACCEPTED_UNSETTLED)
        return outcome


class HastyDeliverWorker(DeliverWorker):
    """Calls an event delivered, and sends it afterwards."""

    @override
    async def _send(self, batch: Sequence[Entry]) -> None:
        await self._desk.settle(batch, [Delivered(entry.seq) for entry in batch])
        await asyncio.sleep(_TOO_LATE_S)
        await self._destination.send([entry.payload for entry in batch], attempt=0)


class JumpingClock(SystemClock):
    """The machine's clock after somebody set it."""

    offset: ClassVar[timedelta] = timedelta()

    @classmethod
    def jump(cls, hours: int) -> None:
        """Set the wall clock forward or back."""
        cls.offset += timedelta(hours=hours)

    @override
    def now(self) -> datetime:
        return super().now() + self.offset


class ImpatientPolicy(RetryPolicy, frozen=True, kw_only=True):
    """Retries as in production, with waits that a test can wait for."""

    cap_s: float = 2.0
    hold_s: float = 0.5
    hold_cap_s: float = 2.0


def open_impatient_session(*, total_s: float, connections: int) -> aiohttp.ClientSession:
    """Open a session that gives up sooner."""
    return open_session(total_s=total_s * _PATIENCE, connections=connections)


def _renamed(payload: bytes) -> bytes:
    event: dict[str, Any] = msgspec.json.decode(payload)
    event["messageId"] = f"random-{secrets.token_hex(16)}"
    return msgspec.json.encode(event)
