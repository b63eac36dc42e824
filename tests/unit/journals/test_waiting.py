"""Waiting on the SQLite journal costs nothing: where the port may return early, this driver does not."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from gladly_segment.core.lifecycle import IgnoreReason, Stage, State
from gladly_segment.core.records import Deferred
from gladly_segment.journals.sqlite import SqliteJournal, open_journal
from tests.support.clock import START, ManualClock
from tests.support.receipts import OTHER_SHOP, SHOP, receipt


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def journal(tmp_path: Path, clock: ManualClock) -> AsyncIterator[SqliteJournal]:
    journal = await open_journal(tmp_path, clock)
    yield journal
    await journal.close()


async def waits(journal: SqliteJournal) -> bool:
    """Tell whether whoever finds nothing to claim for enrich is then left waiting."""
    assert not await journal.claim(Stage.ENRICH, SHOP, 10)
    waiting = asyncio.create_task(journal.ready(Stage.ENRICH, SHOP))
    await journal.tally()
    still = not waiting.done()
    waiting.cancel()
    await asyncio.wait({waiting})
    return still


async def test_an_empty_journal_lets_its_stages_wait(journal: SqliteJournal) -> None:
    assert await waits(journal)
    assert await waits(journal)


async def test_what_concerns_others_wakes_nobody(journal: SqliteJournal) -> None:
    await journal.append(receipt("theirs", organization=OTHER_SHOP))
    await journal.append(receipt("nobody's", state=State.IGNORED, reason=IgnoreReason.TYPE_NOT_MAPPED))

    assert await waits(journal)


async def test_what_is_claimed_wakes_nobody(journal: SqliteJournal) -> None:
    await journal.append(receipt("a"))
    assert len(await journal.claim(Stage.ENRICH, SHOP, 10)) == 1

    assert await waits(journal)


async def test_what_is_deferred_is_waited_for_until_it_is_due(journal: SqliteJournal, clock: ManualClock) -> None:
    await journal.append(receipt("a"))
    [entry] = await journal.claim(Stage.ENRICH, SHOP, 10)
    await journal.settle([Deferred(entry.seq, START + timedelta(seconds=60), counted=True)])
    assert await waits(journal)

    clock.advance(59)
    assert await waits(journal)

    clock.advance(1)
    assert len(await journal.claim(Stage.ENRICH, SHOP, 10)) == 1
