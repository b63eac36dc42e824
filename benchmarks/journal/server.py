"""The receiver alone, on the SQLite journal or on one that stores nothing: run as a process by the benchmark."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import uvloop

from gladly_segment.cli.ready import announce
from gladly_segment.core.credentials import WebhookCredentials, salted
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import Stage, Traffic
from gladly_segment.core.organization import Limits
from gladly_segment.core.records import Appended, Entry, Receipt, Settlement, Tally
from gladly_segment.core.signals import Signal
from gladly_segment.journals.sqlite import open_journal
from gladly_segment.mirrors import SqliteArrivals
from gladly_segment.receive import Door, Doors, Receiver
from gladly_segment.service.clock import SystemClock

ORGANIZATION = OrganizationId("bench")
USERNAME, PASSWORD = "gladly", "bench"
_DAY = timedelta(days=1)


class Nothing:
    """The journal port without a journal: acknowledges and forgets."""

    async def append(self, receipt: Receipt) -> Appended:
        """Acknowledge."""
        return Appended.NEW if receipt.body else Appended.DUPLICATE

    async def ready(self, stage: Stage, organization: OrganizationId, traffic: Traffic | None = None) -> None:
        """Wait for ever."""
        await asyncio.Event().wait()

    async def claim(
        self, stage: Stage, organization: OrganizationId, limit: int, traffic: Traffic | None = None
    ) -> Sequence[Entry]:
        """Have nothing."""
        return ()

    async def settle(self, settlements: Sequence[Settlement]) -> None:
        """Do nothing."""

    async def probe(self) -> None:
        """Be ready."""

    async def tally(self) -> Sequence[Tally]:
        """Count nothing."""
        return ()


class Silent:
    """An observer that does not listen."""

    def emit(self, signal: Signal) -> None:
        """Do nothing."""


async def main(data_dir: str | None) -> None:
    """Listen until the process is ended."""
    clock = SystemClock()
    journal = await open_journal(Path(data_dir), clock) if data_dir else Nothing()
    doors = Doors()
    credentials = WebhookCredentials(logins=(salted(f"{USERNAME}:{PASSWORD}", b"salt"),))
    doors.replace({ORGANIZATION: Door(credentials, Limits(enrich_max_age=_DAY, deliver_max_age=_DAY))})
    arrivals = SqliteArrivals(Path(data_dir or "."), clock)
    receiver = Receiver(doors, journal=journal, arrivals=arrivals, clock=clock, observer=Silent())
    announce(await receiver.start("127.0.0.1", 0))
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1] if len(sys.argv) > 1 else None))
