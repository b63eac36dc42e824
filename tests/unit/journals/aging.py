"""Receipts that grow old, and their forgetting."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from gladly_segment.core.identity import message_id
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.organization import Retention
from gladly_segment.core.provenance import Fetched, Origin, Resource
from gladly_segment.core.records import Delivered, Entry, MadeReady
from gladly_segment.journals.sqlite import SqliteJournal
from tests.support.clock import START
from tests.support.receipts import SHOP, receipt

LATER: Final = START + timedelta(days=400)
LONG_AGO: Final = START - timedelta(days=400)

FETCHED: Final = (Fetched(resource=Resource.AGENTS, origin=Origin.GLADLY, age_s=0.0),)


def made_ready(entries: Sequence[Entry], payload: bytes = b"{}") -> Sequence[MadeReady]:
    return [MadeReady(each.seq, payload, message_id(each.key), (), FETCHED) for each in entries]


async def claim(journal: SqliteJournal, stage: Stage) -> Sequence[Entry]:
    return await journal.claim(stage, SHOP, 100_000)


async def deliver(journal: SqliteJournal, *keys: str, body: bytes = b"{}") -> None:
    await asyncio.gather(*(journal.append(receipt(key, body=body)) for key in keys))
    await journal.settle(made_ready(await claim(journal, Stage.ENRICH)))
    await journal.settle([Delivered(each.seq) for each in await claim(journal, Stage.DELIVER)])


def kept_since(
    *, ended: datetime = LATER, dead: datetime = LATER, content: datetime = LATER, now: datetime = LATER
) -> Retention:
    """Write a retention as the moments from which on something is kept."""
    return Retention(ended=now - ended, dead=now - dead, content=now - content)


async def forget_all(
    journal: SqliteJournal,
    *organizations: OrganizationId,
    ended_before: datetime = LATER,
    dead_before: datetime = LATER,
    content_before: datetime = LONG_AGO,
) -> int:
    """Forget what is older than some moments, of all organizations unless some are named; tell of how many receipts."""
    retention = kept_since(ended=ended_before, dead=dead_before, content=content_before)
    forgotten = 0
    for organization in organizations or await journal.organizations():
        while portion := await journal.forget(organization, retention, LATER):
            forgotten += portion
    return forgotten
