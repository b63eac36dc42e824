"""Another process at work on a journal: appends and enriches without end, until it is killed.

`python -m tests.conformance.journal.child DRIVER LOCATION` prints `appended KEY` and `settled KEY`, each once the
journal has acknowledged it.
"""

import asyncio
import os
import sys
from itertools import count

from gladly_segment.core.lifecycle import Stage
from gladly_segment.ports.journal import Journal
from tests.conformance.journal.drivers import DRIVERS
from tests.conformance.journal.steps import claim, made_ready
from tests.support.clock import ManualClock
from tests.support.receipts import SHOP, receipt

_SIDE_BY_SIDE = 16


def _say(line: str) -> None:
    # One write for each line: whatever is read was acknowledged before the kill.
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


async def _append(journal: Journal, lane: int) -> None:
    for number in count():
        key = f"{lane}-{number}"
        await journal.append(receipt(key, lane=f"lane {lane}"))
        _say(f"appended {key}")


async def _enrich(journal: Journal) -> None:
    while True:
        await journal.ready(Stage.ENRICH, SHOP)
        entries = await claim(journal, Stage.ENRICH)
        await journal.settle([made_ready(entry) for entry in entries])
        for entry in entries:
            _say(f"settled {entry.key}")


async def _work(driver: str, location: str) -> None:
    journal = await DRIVERS[driver].open_at(location, ManualClock())
    await asyncio.gather(_enrich(journal), *(_append(journal, lane) for lane in range(_SIDE_BY_SIDE)))


if __name__ == "__main__":
    asyncio.run(_work(*sys.argv[1:]))
