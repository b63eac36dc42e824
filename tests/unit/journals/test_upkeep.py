"""Size and soundness of the SQLite journal."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec
import pytest

from gladly_segment.core.errors import JournalDamagedError, JournalUnavailableError
from gladly_segment.core.lifecycle import Priority, Stage, State
from gladly_segment.core.records import Appended, Delivered
from gladly_segment.journals.sqlite import SqliteJournal
from tests.support.clock import ManualClock
from tests.support.journals import counts
from tests.support.receipts import receipt
from tests.unit.journals.aging import claim, deliver, forget_all, made_ready
from tests.unit.journals.beside import ask, opened
from tests.unit.journals.files import damage

DAY: Final = timedelta(days=1)
ENDS: Final = (State.DELIVERED, State.SUPPRESSED, State.IGNORED, State.DROPPED)


async def test_the_room_is_given_back_to_the_disk(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await deliver(journal, *(f"{number}" for number in range(1500)), body=b'"' + b"x" * 10_000 + b'"')
        pages = ask(data_dir, "PRAGMA page_count")[0][0]
        ask(data_dir, "PRAGMA wal_checkpoint(TRUNCATE)")
        full = await journal.size_bytes()

        await forget_all(journal)

        assert ask(data_dir, "PRAGMA page_count")[0][0] < pages / 20
        ask(data_dir, "PRAGMA wal_checkpoint(TRUNCATE)")
        assert await journal.size_bytes() < full / 10


def sizes_in(directory: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in directory.iterdir()}


async def test_the_size_is_that_of_all_files_of_the_journal(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await deliver(journal, "a")

        files = sizes_in(data_dir)
        assert {name for name, size in files.items() if size} >= {"journal.sqlite", "journal.sqlite-wal"}
        assert await journal.size_bytes() == sum(files.values())


async def append_until_refused(journal: SqliteJournal, body: bytes, priority: Priority = Priority.LIVE) -> int:
    """Append until there is no more room, and tell how many were taken."""
    for number in range(100):
        try:
            await journal.append(msgspec.structs.replace(receipt(f"{number}", body=body), priority=priority))
        except JournalUnavailableError:
            return number
    return 100


async def test_above_its_bound_a_journal_takes_nothing_new_and_works_on(data_dir: Path) -> None:
    clock = ManualClock()
    bound = 500_000
    big = b'"' + b"x" * 100_000 + b'"'
    async with opened(data_dir, clock, max_bytes=bound) as journal:
        taken = await append_until_refused(journal, big)

        assert 3 <= taken <= 5
        with pytest.raises(JournalUnavailableError, match=f"more than the {bound} bytes") as refusal:
            await journal.append(receipt("one more", body=big))
        assert refusal.value.hint
        assert await counts(journal) == {"received": taken}
        assert await journal.append(receipt("0", body=big)) is Appended.DUPLICATE
        entries = await claim(journal, Stage.ENRICH)
        await journal.settle(made_ready(entries, big))
        await journal.settle([Delivered(each.seq) for each in await claim(journal, Stage.DELIVER)])
        with pytest.raises(JournalUnavailableError):
            await journal.append(receipt("new", body=big))

        await forget_all(journal)

        assert await journal.append(receipt("new", body=big)) is Appended.NEW


async def test_the_past_leaves_room_for_the_present(data_dir: Path) -> None:
    big = b'"' + b"x" * 100_000 + b'"'
    async with opened(data_dir, max_bytes=500_000) as journal:
        taken = await append_until_refused(journal, big, Priority.BACKFILL)

        assert 2 <= taken <= 4
        assert await journal.append(receipt("new", body=big)) is Appended.NEW


async def test_what_does_not_fit_does_not_hold_up_what_commits_with_it(data_dir: Path) -> None:
    async with opened(data_dir, max_bytes=1) as journal:
        outcomes = await asyncio.gather(journal.append(receipt("a")), journal.tally(), return_exceptions=True)

    assert isinstance(outcomes[0], JournalUnavailableError)
    assert outcomes[1] == []


async def test_a_sound_journal_is_verified_while_it_works(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await deliver(journal, *(f"{number}" for number in range(200)))

        await asyncio.gather(journal.verify(), *(journal.append(receipt(f"new {number}")) for number in range(50)))


async def test_damage_is_named(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await deliver(journal, *(f"{number}" for number in range(500)))
    damage(data_dir / "journal.sqlite")

    async with opened(data_dir) as journal:
        with pytest.raises(JournalDamagedError, match=r"journal\.sqlite") as found:
            await journal.verify()

    assert found.value.hint


async def test_a_journal_that_is_gone_cannot_be_verified(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await deliver(journal, "a")
        (data_dir / "journal.sqlite").rename(data_dir / "elsewhere")

        with pytest.raises(JournalUnavailableError, match="cannot be checked") as trouble:
            await journal.verify()

    assert not isinstance(trouble.value, JournalDamagedError)


async def test_closing_ends_a_check_that_is_under_way(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await deliver(journal, *(f"{number}" for number in range(3000)))
        verifying = asyncio.create_task(journal.verify())
        await asyncio.sleep(0)

        await journal.close()

        async with asyncio.timeout(30):
            await verifying


def test_a_file_that_takes_no_auto_vacuum_would_not_shrink(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "db", isolation_level=None)) as db:
        db.executescript("CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(1000000)); DELETE FROM t")
        before = db.execute("PRAGMA page_count").fetchone()
        db.execute("PRAGMA incremental_vacuum").fetchall()
        assert db.execute("PRAGMA page_count").fetchone() == before
