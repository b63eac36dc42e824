"""Since when the backlog has been waiting."""

from datetime import timedelta
from pathlib import Path

from gladly_segment.core.lifecycle import Stage, State
from gladly_segment.core.records import Delivered, MadeReady, MessageId, Waiting
from gladly_segment.journals.sqlite import SqliteJournal
from tests.support.clock import START
from tests.support.receipts import OTHER_SHOP, SHOP, receipt
from tests.unit.journals.beside import ask, opened


async def make_ready(journal: SqliteJournal, limit: int) -> None:
    entries = await journal.claim(Stage.ENRICH, SHOP, limit)
    await journal.settle([MadeReady(each.seq, b"{}", MessageId("m")) for each in entries])


async def test_of_each_organization_and_state_the_longest_waiting_counts(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        for hours, organization in ((2, SHOP), (5, SHOP), (3, OTHER_SHOP)):
            at = START - timedelta(hours=hours)
            await journal.append(receipt(f"{hours}", at=at, organization=organization))

        waiting = await journal.waiting()

    assert set(waiting) == {
        Waiting(SHOP, State.RECEIVED, START - timedelta(hours=5)),
        Waiting(OTHER_SHOP, State.RECEIVED, START - timedelta(hours=3)),
    }


async def test_with_a_new_state_the_wait_begins_anew_and_with_the_last_it_ends(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await journal.append(receipt("a", at=START - timedelta(hours=1)))
        await make_ready(journal, 1)

        (ready,) = await journal.waiting()
        (entry,) = await journal.claim(Stage.DELIVER, SHOP, 1)
        await journal.settle([Delivered(entry.seq)])

        assert (ready.state, ready.since) == (State.READY, entry.entered_at)
        assert await journal.waiting() == []


async def test_it_is_looked_up_and_not_searched_for(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await journal.append(receipt("a"))

    plan = ask(
        data_dir,
        "EXPLAIN QUERY PLAN SELECT min(entered_at_ms) FROM receipts"
        " WHERE state IN ('received', 'ready') AND organization = 'shop' AND state = 'received'",
    )
    assert any("receipts_waiting (organization=? AND state=?)" in row[-1] for row in plan), plan
