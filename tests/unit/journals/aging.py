"""Receipts that grow old, and their forgetting."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from gladly_segment.core.identity import message_id
from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.records import Delivered, Entry, MadeReady
from gladly_segment.journals.sqlite import SqliteJournal
from tests.support.clock import START
from tests.support.receipts import SHOP, receipt

LATER: Final = START + timedelta(days=400)


def made_ready(entries: Sequence[Entry], payload: bytes = b"{}") -> Sequence[MadeReady]:
    return [MadeReady(each.seq, payload, message_id(each.key)) for each in entries]


async def claim(journal: SqliteJournal, stage: Stage) -> Sequence[Entry]:
    return await journal.claim(stage, SHOP, 100_000)


async def deliver(journal: SqliteJournal, *keys: str, body: bytes = b"{}") -> None:
    await asyncio.gather(*(journal.append(receipt(key, body=body)) for key in keys))
    await journal.settle(made_ready(await claim(journal, Stage.ENRICH)))
    await journal.settle([Delivered(each.seq) for each in await claim(journal, Stage.DELIVER)])


async def forget_all(journal: SqliteJournal, *, ended_before: datetime = LATER, dead_before: datetime = LATER) -> int:
    forgotten = 0
    while portion := await journal.forget(ended_before=ended_before, dead_before=dead_before):
        forgotten += portion
    return forgotten
