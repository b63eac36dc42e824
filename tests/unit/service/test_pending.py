"""How many events of each organization wait."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gladly_segment.core.errors import JournalDamagedError
from gladly_segment.core.lifecycle import IgnoreReason, State
from gladly_segment.journals.sqlite import open_journal
from gladly_segment.service.pending import Pending
from tests.support.clock import ManualClock
from tests.support.journals import JournalInTrouble
from tests.support.receipts import OTHER_SHOP, SHOP, receipt
from tests.unit.transport.bounds import bounded

__all__ = ["bounded"]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def journal(tmp_path: Path, clock: ManualClock) -> AsyncIterator[JournalInTrouble]:
    journal = await open_journal(tmp_path / "data", clock)
    yield JournalInTrouble(journal)
    await journal.close()


@asynccontextmanager
async def counting(pending: Pending, clock: ManualClock) -> AsyncGenerator[None]:
    task = asyncio.create_task(pending.run())
    try:
        await clock.asleep()
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_what_waits_is_counted_by_organization_and_again_every_second(
    journal: JournalInTrouble, clock: ManualClock
) -> None:
    pending = Pending(journal, clock)
    assert pending.of(SHOP) is None
    for key in ("a", "b"):
        await journal.append(receipt(key))
    await journal.append(receipt("c", state=State.IGNORED, reason=IgnoreReason.TYPE_NOT_MAPPED))
    await journal.append(receipt("d", organization=OTHER_SHOP))

    async with counting(pending, clock):
        assert (pending.of(SHOP), pending.of(OTHER_SHOP)) == (2, 1)

        await journal.append(receipt("e"))
        clock.advance(1)
        await clock.asleep()
        assert pending.of(SHOP) == 3


async def test_of_an_organization_without_events_none_wait(journal: JournalInTrouble, clock: ManualClock) -> None:
    pending = Pending(journal, clock)

    async with counting(pending, clock):
        assert pending.of(SHOP) == 0


async def test_while_the_journal_does_not_answer_the_last_count_stays(
    journal: JournalInTrouble, clock: ManualClock
) -> None:
    pending = Pending(journal, clock)
    await journal.append(receipt("a"))

    async with counting(pending, clock):
        await journal.append(receipt("b"))
        journal.troubles["tally"] = 1
        clock.advance(1)
        await clock.asleep()
        assert pending.of(SHOP) == 1

        clock.advance(1)
        await clock.asleep()
        assert pending.of(SHOP) == 2


async def test_a_damaged_journal_is_not_passed_over(
    journal: JournalInTrouble, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tally() -> None:
        raise JournalDamagedError("the journal is damaged")

    monkeypatch.setattr(journal, "tally", tally)

    with pytest.raises(JournalDamagedError):
        await Pending(journal, clock).run()
