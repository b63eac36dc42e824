"""The way of a journal from the version that wrote it to the present one."""

import asyncio
import os
import signal
import sqlite3
import sys
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from gladly_segment.core.errors import JournalVersionError
from gladly_segment.core.identity import message_id
from gladly_segment.core.ids import Lane
from gladly_segment.core.lifecycle import Priority, Stage, State
from gladly_segment.core.moments import to_ms
from gladly_segment.core.records import Appended, Deferred, Delivered, MadeReady, Selection, Tally
from gladly_segment.journals.sqlite import SqliteJournal, schema
from gladly_segment.ports.curator import Replayed
from tests.support.clock import START, ManualClock
from tests.support.receipts import OTHER_SHOP, SHOP, receipt
from tests.unit.journals.aging import LATER, kept_since
from tests.unit.journals.beside import ask, curating, opened
from tests.unit.journals.versions import RELEASED

PRESENT: Final = len(RELEASED)
AT_MS: Final = to_ms(START)

VERSION_1_ROWS: Final = (
    # key, lane, state, reason, is_head, payload
    ("delivered", "c-1", "delivered", "", 0, b'{"event": "delivered"}'),
    ("ready", "c-1", "ready", "", 1, b'{"event": "ready"}'),
    ("received", "c-1", "received", "", 0, b""),
    ("received head", "c-2", "received", "", 1, b""),
    ("ready behind it", "c-2", "ready", "", 0, b'{"event": "ready behind it"}'),
    ("suppressed", "c-3", "suppressed", "customer_deleted", 0, b""),
    ("ignored", "c-4", "ignored", "type_not_mapped", 0, b""),
    ("parked unmapped", "c-5", "parked", "event_incomplete", 0, b""),
    ("parked mapped", "c-6", "parked", "vendor_unavailable", 0, b'{"event": "parked mapped"}'),
)
VERSION_1_TALLIES: Final = (
    ("received", "", 2),
    ("ready", "", 2),
    ("delivered", "", 1),
    ("suppressed", "customer_deleted", 1),
    ("ignored", "type_not_mapped", 1),
    ("parked", "event_incomplete", 1),
    ("parked", "vendor_unavailable", 1),
)


def write_version_1(data_dir: Path) -> None:
    """Make a file as version 1 left it, with receipts in all of its states."""
    data_dir.mkdir()
    with closing(sqlite3.connect(data_dir / "journal.sqlite", isolation_level=None)) as db:
        db.executescript(f"PRAGMA journal_mode = WAL; {RELEASED[1]} PRAGMA user_version = 1")
        for key, lane, state, reason, is_head, payload in VERSION_1_ROWS:
            db.execute(
                "INSERT INTO receipts (organization, key, lane, event_type, event_id, received_at_ms, source, body,"
                " state, reason, entered_at_ms, due_at_ms, is_head, payload, message_id)"
                " VALUES (?, ?, ?, 'CONVERSATION/CLOSED', ?, ?, 'webhook', '{}', ?, ?, ?, ?, ?, ?, ?)".replace(
                    "'{}'", "x'7b7d'"
                ),
                (
                    SHOP,
                    key,
                    lane,
                    f"event of {key}",
                    AT_MS,
                    state,
                    reason,
                    AT_MS,
                    AT_MS,
                    is_head,
                    payload,
                    f"gladly-{key}" if payload else "",
                ),
            )
        db.executemany("INSERT INTO tallies VALUES (?, ?, ?, ?)", [(SHOP, *tally) for tally in VERSION_1_TALLIES])


def write_version(data_dir: Path, version: int) -> None:
    """Make an empty file as a version left it."""
    data_dir.mkdir()
    statements = "".join(RELEASED[number] for number in range(1, version + 1))
    with closing(sqlite3.connect(data_dir / "journal.sqlite", isolation_level=None)) as db:
        db.executescript(f"PRAGMA journal_mode = WAL; {statements} PRAGMA user_version = {version}")


async def claimed(journal: SqliteJournal, stage: Stage) -> list[str]:
    return [entry.key for entry in await journal.claim(stage, SHOP, 100)]


async def work_off(journal: SqliteJournal) -> list[str]:
    """Enrich and deliver all; give the keys in the order of delivery."""
    entries = await journal.claim(Stage.ENRICH, SHOP, 100)
    await journal.settle([MadeReady(each.seq, b"{}", message_id(each.key)) for each in entries])
    delivered: list[str] = []
    while heads := await journal.claim(Stage.DELIVER, SHOP, 100):
        delivered += [head.key for head in heads]
        await journal.settle([Delivered(head.seq) for head in heads])
    return delivered


def tables_of(data_dir: Path) -> Sequence[tuple[str, str]]:
    """Give all tables and indexes, as SQLite keeps them."""
    found = ask(data_dir, "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
    return [(name, " ".join(sql.split())) for name, sql in found]


def test_the_statements_of_released_versions_are_not_edited() -> None:
    assert dict(enumerate(schema._MIGRATIONS, start=1)) == RELEASED  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


async def test_a_new_journal_and_one_of_version_1_come_to_the_same_tables(data_dir: Path, tmp_path: Path) -> None:
    write_version_1(data_dir)

    async with opened(data_dir), opened(tmp_path / "new"):
        pass

    assert ask(data_dir, "PRAGMA user_version") == [(PRESENT,)]
    assert tables_of(data_dir) == tables_of(tmp_path / "new")


async def test_what_version_1_left_is_claimed_and_delivered_in_order(data_dir: Path) -> None:
    write_version_1(data_dir)

    async with opened(data_dir) as journal:
        delivered = await work_off(journal)
        assert delivered == ["ready", "received head", "received", "ready behind it"]
        assert await claimed(journal, Stage.ENRICH) == []


async def test_an_entry_of_version_1_is_what_it_was(data_dir: Path) -> None:
    write_version_1(data_dir)

    async with opened(data_dir) as journal:
        [entry] = await journal.claim(Stage.DELIVER, SHOP, 100)

    assert (entry.key, entry.state, entry.body, entry.payload) == (
        "ready",
        State.READY,
        b"{}",
        b'{"event": "ready"}',
    )
    assert (entry.message_id, entry.received_at, entry.entered_at) == ("gladly-ready", START, START)


async def test_tallies_of_version_1_count_on(data_dir: Path) -> None:
    write_version_1(data_dir)

    async with opened(data_dir) as journal:
        assert set(await journal.tally()) == {
            Tally(SHOP, State(state), reason, count, count) for state, reason, count in VERSION_1_TALLIES
        }
        await work_off(journal)
        assert Tally(SHOP, State.DELIVERED, "", 5, 5) in await journal.tally()
        assert Tally(SHOP, State.RECEIVED, "", 0, 2) in await journal.tally()


async def test_a_receipt_of_version_1_without_a_checksum_works_through_every_change(data_dir: Path) -> None:
    write_version_1(data_dir)
    clock = ManualClock()

    async with opened(data_dir, clock) as journal, curating(data_dir, clock) as curator:
        entries = await journal.claim(Stage.ENRICH, SHOP, 100)
        await journal.settle([Deferred(each.seq, START, counted=True) for each in entries])
        assert len(await journal.claim(Stage.ENRICH, SHOP, 100)) == 2
        [told, *_] = await curator.explain(SHOP, Lane("c-6"))
        assert told.attempts == ()
        assert await curator.retry(Selection()) == 2
        assert await curator.replay(Selection(), remap=True) == Replayed(2)

    async with opened(data_dir, clock) as journal:
        assert set(await work_off(journal)) == {key for key, *_ in VERSION_1_ROWS} - {"ignored"}
        assert await journal.append(receipt("ready")) is Appended.DUPLICATE
        assert await journal.append(receipt("new", lane="c-1")) is Appended.NEW
        assert await journal.append(receipt("ready", organization=OTHER_SHOP)) is Appended.NEW


async def test_what_version_1_settled_can_be_forgotten(data_dir: Path) -> None:
    write_version_1(data_dir)

    async with opened(data_dir) as journal:
        forgotten = [await journal.forget(SHOP, kept_since(), LATER) for _ in range(3)]

    assert forgotten == [3, 2, 0]


async def test_what_version_4_left_is_reckoned_with(data_dir: Path) -> None:
    write_version(data_dir, 4)
    for key, state, priority in (("sent", "delivered", 0), ("waiting", "received", Priority.REPLAY)):
        ask(
            data_dir,
            "INSERT INTO receipts (organization, key, lane, event_type, event_id, occurred_at_ms, received_at_ms,"
            " source, body, state, priority, entered_at_ms, due_at_ms)"
            " VALUES (?, ?, 'conversation:c-1', 'CONVERSATION/CLOSED', '', ?, ?, 'webhook', x'7b7d', ?, ?, ?, ?)",
            *(SHOP, key, AT_MS, AT_MS, state, priority, AT_MS, AT_MS),
        )

    async with opened(data_dir) as journal:
        found = await journal.outcomes.within(SHOP, START, START + timedelta(milliseconds=1))
        assert [each.key for each in found] == ["sent", "waiting"]
        assert await journal.outcomes.in_hand(SHOP, Priority.REPLAY) == 1
        assert await journal.certificates.last(SHOP) is None
        assert await journal.forget(SHOP, kept_since(), LATER) == 1
        assert await journal.append(receipt("sent")) is Appended.DUPLICATE


async def test_a_newer_version_is_refused_and_left_as_it_is(data_dir: Path) -> None:
    async with opened(data_dir):
        pass
    newer = PRESENT + 1
    ask(data_dir, f"PRAGMA user_version = {newer}")
    before = tables_of(data_dir)

    with pytest.raises(JournalVersionError, match=f"schema version {newer}.* up to {PRESENT}") as refusal:
        async with opened(data_dir):
            pass

    assert refusal.value.hint
    assert tables_of(data_dir) == before
    assert ask(data_dir, "PRAGMA user_version") == [(newer,)]


def kill_while_migrating(data_dir: str, after: int) -> None:
    """Migrate a journal in this process, and kill it in the midst of it (run by `killed_while_migrating`)."""
    seen = 0

    def kill_in_time(_statement: str) -> None:
        nonlocal seen
        seen += 1
        if seen > after:
            os.kill(os.getpid(), signal.SIGKILL)

    db = sqlite3.connect(Path(data_dir) / "journal.sqlite", isolation_level=None)
    db.set_trace_callback(kill_in_time)
    schema.migrate(db)


async def killed_while_migrating(data_dir: Path, after: int) -> bool:
    """Let another process migrate a journal until it is killed; tell whether that was before it was done."""
    code = "import sys; from tests.unit.journals.test_migrations import *; kill_while_migrating(sys.argv[1], {})"
    root = Path(__file__).parents[3]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code.format(after), str(data_dir), cwd=root, stdout=PIPE, stderr=PIPE
    )
    _, errors = await process.communicate()
    assert process.returncode in (0, -signal.SIGKILL), errors.decode()
    return process.returncode != 0


@pytest.mark.parametrize("after", [1, 3, 6, 10, 13])
async def test_a_migration_cut_off_by_a_kill_is_made_at_the_next_start(data_dir: Path, after: int) -> None:
    write_version_1(data_dir)
    before = tables_of(data_dir)

    assert await killed_while_migrating(data_dir, after)

    assert ask(data_dir, "PRAGMA user_version") == [(1,)]
    assert tables_of(data_dir) == before
    async with opened(data_dir) as journal:
        assert len(await work_off(journal)) == 4


async def test_a_first_start_cut_off_by_a_kill_is_made_at_the_next(data_dir: Path) -> None:
    os.mkdir(data_dir)  # noqa: PTH102 - nothing else is done here

    assert await killed_while_migrating(data_dir, 5)

    async with opened(data_dir) as journal:
        assert await journal.append(receipt("a")) is Appended.NEW


async def test_the_kill_would_come_too_late_for_a_short_migration(data_dir: Path) -> None:
    write_version_1(data_dir)

    assert not await killed_while_migrating(data_dir, 1000)
    assert ask(data_dir, "PRAGMA user_version") == [(PRESENT,)]
