"""The service with a journal that acknowledges before it is durable: what the test of crashes must not let pass."""

import asyncio

from gladly_segment.cli import main
from gladly_segment.core.records import Appended, Receipt
from gladly_segment.journals.sqlite import SqliteJournal

DURABLE_AFTER_S = 0.3

_append = SqliteJournal.append
_later: set[asyncio.Task[None]] = set()


async def _append_later(journal: SqliteJournal, receipt: Receipt) -> None:
    await asyncio.sleep(DURABLE_AFTER_S)
    await _append(journal, receipt)


async def _acknowledge_at_once(self: SqliteJournal, receipt: Receipt) -> Appended:
    task = asyncio.create_task(_append_later(self, receipt))
    _later.add(task)
    task.add_done_callback(_later.discard)
    return Appended.NEW


if __name__ == "__main__":
    SqliteJournal.append = _acknowledge_at_once
    main()
