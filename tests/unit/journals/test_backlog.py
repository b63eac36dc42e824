"""Since when the backlog has been waiting, and in what order."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from gladly_segment.core.ids import Seq
from gladly_segment.core.lifecycle import Priority, Stage, State
from gladly_segment.core.records import Delivered, MadeReady, MessageId, Waiting
from gladly_segment.journals.sqlite import SqliteJournal, open_receipts
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


async def place_of(data_dir: Path, *seqs: int) -> Mapping[Seq, int]:
    async with open_receipts(data_dir) as receipts:
        return await receipts.ahead([Seq(seq) for seq in seqs])


async def test_before_a_receipt_are_those_that_are_claimed_first(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        for key, priority in (("replay", Priority.REPLAY), ("live", Priority.LIVE), ("gap", Priority.GAP)):
            await journal.append(receipt(key, priority=priority))
        await journal.append(receipt("later", at=START + timedelta(seconds=1)))
        await journal.append(receipt("elsewhere", organization=OTHER_SHOP))

        ahead = await place_of(data_dir, 1, 2, 3, 4, 5)

        claimed = await journal.claim(Stage.ENRICH, SHOP, 9)
    assert ahead == {2: 0, 4: 1, 3: 2, 1: 3, 5: 0}
    assert [entry.key for entry in claimed] == ["live", "gap", "replay"]


async def test_what_does_not_wait_for_gladly_has_no_place(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await journal.append(receipt("a"))
        await make_ready(journal, 1)
        await journal.append(receipt("b"))

        assert await place_of(data_dir, 1, 2, 3) == {2: 0}


async def test_a_place_is_counted_along_an_index(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await journal.append(receipt("a"))

    plan = ask(
        data_dir,
        "EXPLAIN QUERY PLAN SELECT count(*) FROM receipts INDEXED BY receipts_received WHERE state = 'received'"
        " AND organization = 'shop' AND (priority, due_at_ms, seq) < (0, 0, 0)",
    )
    assert [row[-1] for row in plan if "INDEX receipts_received (organization=? AND (priority," in row[-1]], plan
