"""The SQLite curator beside others: what it must not do to them, and what it costs them."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from gladly_segment.core.errors import InputError, JournalDamagedError, JournalVersionError
from gladly_segment.core.identity import message_id
from gladly_segment.core.ids import Lane
from gladly_segment.core.lifecycle import ParkCause, Stage, State
from gladly_segment.core.records import Delivered, MadeReady, Parked, Selection
from gladly_segment.journals.sqlite import SqliteJournal
from tests.support.clock import START, ManualClock
from tests.support.journals import counts
from tests.support.receipts import SHOP, receipt
from tests.unit.journals.beside import ask, content, curating, opened

if TYPE_CHECKING:
    from tests.unit.journals.conftest import Sqlite

ALL: Final = Selection()
DEAD: Final = Selection(states=(State.PARKED,))
DAMAGE: Final = {
    "body": "UPDATE receipts SET body = x'7b7d20'",
    "payload": "UPDATE receipts SET payload = x'7b7d20'",
}


async def park(journal: SqliteJournal, *keys: str, cause: ParkCause = ParkCause.VENDOR_UNAVAILABLE) -> None:
    await asyncio.gather(*(journal.append(receipt(key)) for key in keys))
    entries = await journal.claim(Stage.ENRICH, SHOP, 100_000)
    await journal.settle([MadeReady(each.seq, b'{"event": "x"}', message_id(each.key)) for each in entries])
    heads = await journal.claim(Stage.DELIVER, SHOP, 100_000)
    await journal.settle([Parked(each.seq, cause) for each in heads])


async def deliver(journal: SqliteJournal, *keys: str) -> None:
    await asyncio.gather(*(journal.append(receipt(key)) for key in keys))
    entries = await journal.claim(Stage.ENRICH, SHOP, 100_000)
    await journal.settle([MadeReady(each.seq, b'{"event": "x"}', message_id(each.key)) for each in entries])
    await journal.settle([Delivered(each.seq) for each in await journal.claim(Stage.DELIVER, SHOP, 100_000)])


def is_empty(directory: Path) -> bool:
    return not list(directory.iterdir())


async def test_where_there_is_no_journal_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no journal in"):
        async with curating(tmp_path):
            pass

    assert is_empty(tmp_path)


@pytest.mark.parametrize("version", [0, 1, 99])
async def test_a_journal_of_another_version_is_left_to_the_service_it_belongs_to(data_dir: Path, version: int) -> None:
    async with opened(data_dir):
        pass
    ask(data_dir, f"PRAGMA user_version = {version}")
    before = content(data_dir)

    with pytest.raises(JournalVersionError, match=f"schema version {version}") as refusal:
        async with curating(data_dir):
            pass

    assert refusal.value.hint
    assert content(data_dir) == before
    assert ask(data_dir, "PRAGMA user_version") == [(version,)]


async def test_looking_commits_nothing(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await park(journal, "a")
        with closing(sqlite3.connect(data_dir / "journal.sqlite")) as watching:
            version = watching.execute("PRAGMA data_version").fetchone()
            before = content(data_dir)

            async with curating(data_dir) as curator:
                assert len(await curator.find(DEAD, 10)) == 1
                assert len(await curator.explain(None, Lane("lane of a"))) == 1

            assert watching.execute("PRAGMA data_version").fetchone() == version
            assert content(data_dir) == before


async def test_a_change_would_have_been_seen(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await park(journal, "a")
        with closing(sqlite3.connect(data_dir / "journal.sqlite")) as watching:
            version = watching.execute("PRAGMA data_version").fetchone()

            async with curating(data_dir) as curator:
                await curator.retry(ALL)

            assert watching.execute("PRAGMA data_version").fetchone() != version


@pytest.mark.parametrize("column", DAMAGE)
async def test_a_damaged_receipt_is_named_when_it_is_claimed(data_dir: Path, column: str) -> None:
    async with opened(data_dir) as journal:
        await park(journal, "a")
        async with curating(data_dir) as curator:
            await curator.retry(ALL)
        ask(data_dir, DAMAGE[column])

        with pytest.raises(JournalDamagedError, match="receipt 1 in the journal is damaged") as damage:
            await journal.claim(Stage.DELIVER, SHOP, 10)

        assert damage.value.hint


@pytest.mark.parametrize("column", DAMAGE)
@pytest.mark.parametrize("cause", [ParkCause.VENDOR_UNAVAILABLE, ParkCause.EVENT_TOO_LARGE])
async def test_a_damaged_receipt_is_not_made_whole_by_a_retry(data_dir: Path, column: str, cause: ParkCause) -> None:
    async with opened(data_dir) as journal:
        await park(journal, "a", cause=cause)
        ask(data_dir, DAMAGE[column])
        before = content(data_dir)

        async with curating(data_dir) as curator:
            with pytest.raises(JournalDamagedError, match="receipt 1 in the journal is damaged"):
                await curator.retry(ALL)

        assert content(data_dir) == before


async def test_a_damaged_receipt_can_be_given_up(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await park(journal, "a")
        ask(data_dir, DAMAGE["body"])

        async with curating(data_dir) as curator:
            assert await curator.drop(ALL) == 1


async def test_a_remapped_receipt_has_a_checksum_that_fits(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await park(journal, "a", cause=ParkCause.EVENT_TOO_LARGE)
        async with curating(data_dir) as curator:
            await curator.retry(ALL)

        [entry] = await journal.claim(Stage.ENRICH, SHOP, 10)
        await journal.settle([MadeReady(entry.seq, b"{}", message_id(entry.key))])

        [entry] = await journal.claim(Stage.DELIVER, SHOP, 10)
        assert (entry.body, entry.payload) == (b"{}", b"{}")


async def cost_of_a_new_event(sqlite_: "Sqlite", journal: SqliteJournal) -> int:
    """Bring one event of a conversation from its webhook to its delivery, and count."""
    done = 0

    def count() -> int:
        nonlocal done
        done += 1
        return 0

    sqlite_.connections[0].set_progress_handler(count, 10)
    await journal.append(receipt("new", lane="c"))
    [entry] = await journal.claim(Stage.ENRICH, SHOP, 1)
    await journal.settle([MadeReady(entry.seq, b"{}", message_id(entry.key))])
    [entry] = await journal.claim(Stage.DELIVER, SHOP, 1)
    await journal.settle([Delivered(entry.seq)])
    sqlite_.connections[0].set_progress_handler(None, 0)
    return done


async def test_an_event_costs_the_same_however_many_its_lane_has_had(
    sqlite: "Sqlite", journal: SqliteJournal, data_dir: Path
) -> None:
    past = [receipt(f"{number}", lane="c", state=State.PARKED, reason=ParkCause.NO_USER) for number in range(3000)]
    await asyncio.gather(*(journal.append(each) for each in past))

    # A look at each of those before would take thousands.
    assert await cost_of_a_new_event(sqlite, journal) < 300


def plan(data_dir: Path, statement: str) -> Sequence[str]:
    return [str(step[3]) for step in ask(data_dir, f"EXPLAIN QUERY PLAN {statement}")]


@pytest.mark.parametrize(
    "selection",
    [DEAD, Selection(organization=SHOP, states=(State.PARKED,), cause=ParkCause.NO_USER)],
    ids=["all", "of an organization and a cause"],
)
async def test_dead_letters_are_found_by_index(data_dir: Path, sqlite: "Sqlite", selection: Selection) -> None:
    async with opened(data_dir), curating(data_dir) as curator:
        statements: list[str] = []
        await curator.find(ALL, 0)
        sqlite.connections[-1].set_trace_callback(statements.append)
        await curator.find(selection, 10)
        sqlite.connections[-1].set_trace_callback(None)

    [statement] = [each for each in statements if each.startswith("SELECT")]
    assert plan(data_dir, statement) == ["SEARCH receipts USING INDEX receipts_parked (seq>?)"]


async def test_a_replay_goes_along_the_log_and_sorts_nothing(data_dir: Path, sqlite: "Sqlite") -> None:
    async with opened(data_dir) as journal, curating(data_dir) as curator:
        await deliver(journal, "a")
        statements: list[str] = []
        sqlite.connections[-1].set_trace_callback(statements.append)
        await curator.replay(Selection(organization=SHOP, since=START), remap=True)
        sqlite.connections[-1].set_trace_callback(None)

    searches = [each for each in statements if each.startswith("SELECT seq, organization, lane")]
    assert len(searches) == 2
    assert {step for each in searches for step in plan(data_dir, each)} == {
        "SEARCH receipts USING INTEGER PRIMARY KEY (rowid>?)"
    }


async def test_a_conversation_is_explained_by_index(data_dir: Path, sqlite: "Sqlite") -> None:
    async with opened(data_dir) as journal, curating(data_dir) as curator:
        await park(journal, "a")
        statements: list[str] = []
        await curator.find(ALL, 0)
        sqlite.connections[-1].set_trace_callback(statements.append)
        await curator.explain(None, Lane("lane of a"))
        sqlite.connections[-1].set_trace_callback(None)

    steps = [step for each in statements if "FROM receipts" in each for step in plan(data_dir, each)]
    assert steps == ["SEARCH receipts USING INDEX receipts_by_lane (organization=? AND lane=?)"]


async def test_reading_waits_for_no_writer(data_dir: Path) -> None:
    async with opened(data_dir) as journal, curating(data_dir) as curator:
        await park(journal, "a")
        with closing(sqlite3.connect(data_dir / "journal.sqlite", isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("UPDATE receipts SET state = 'dropped'")

            [group] = await curator.dead(None)
            [letter] = await curator.find(ALL, 10)
            [told] = await curator.explain(None, letter.lane)

            writer.execute("ROLLBACK")
    assert (group.letters, letter.state, told.state) == (1, State.PARKED, State.PARKED)


async def test_a_retry_waits_for_the_service_and_the_service_for_a_retry(data_dir: Path) -> None:
    clock = ManualClock()
    async with opened(data_dir, clock) as journal, curating(data_dir, clock) as curator:
        await park(journal, *(f"dead {number}" for number in range(500)))

        retried, *_ = await asyncio.gather(
            curator.retry(ALL), *(journal.append(receipt(f"live {number}")) for number in range(500))
        )

        assert retried == 500
        assert await counts(journal) == {"received": 500, "ready": 500}
