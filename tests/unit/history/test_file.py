"""The history's file: whatever it is, a usable one comes of it, and the journal is not needed for that alone."""

import asyncio
import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest

from gladly_segment.core.errors import HistoryDamagedError, HistoryUnavailableError
from gladly_segment.history.file import (
    FILE_NAME,
    identity_of,
    open_for_reading,
    open_for_writing,
)
from gladly_segment.history.schema import VERSION
from tests.support.receipts import conversation_event, taken_in
from tests.unit.history.projecting import Beside


async def test_its_files_are_for_nobody_else(beside: Beside) -> None:
    await beside.follow()

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in beside.data_dir.glob(f"{FILE_NAME}*")}
    assert set(modes) == {FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm"}
    assert set(modes.values()) == {0o600}


@pytest.mark.parametrize("version", [VERSION - 1, VERSION + 1, -1])
async def test_one_of_another_version_is_made_anew(beside: Beside, version: int) -> None:
    await beside.journal.append(taken_in(conversation_event("CLOSED", "c-1")))
    beside.data_dir.mkdir(exist_ok=True)
    with closing(sqlite3.connect(beside.data_dir / FILE_NAME)) as db:
        db.executescript(f"CREATE TABLE events (seq TEXT); PRAGMA user_version = {version or -2};")

    with pytest.raises(HistoryUnavailableError, match="another version"):
        open_for_reading(beside.data_dir)
    assert await beside.found("c-1") == [1]


async def test_one_that_is_no_database_is_made_anew(beside: Beside) -> None:
    await beside.journal.append(taken_in(conversation_event("CLOSED", "c-1")))
    (beside.data_dir / FILE_NAME).write_bytes(b"not a database" * 1_000)

    with pytest.raises(HistoryUnavailableError, match="damaged"):
        open_for_reading(beside.data_dir)
    assert await beside.found("c-1") == [1]


async def test_damage_is_told_from_what_passes(beside: Beside) -> None:
    for number in range(300):
        await beside.journal.append(taken_in(conversation_event("CLOSED", f"c-{number}")))
    await beside.follow()
    await beside.projector.close()
    file = beside.data_dir / FILE_NAME
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))

    db = open_for_writing(beside.data_dir, 0)
    with pytest.raises(sqlite3.DatabaseError):
        db.execute("SELECT sum(seq) FROM events").fetchone()
    db.close()


LOOK_AND_LEAVE = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("SELECT count(*) FROM events").fetchone()
db.close()
"""


async def test_opening_it_again_takes_no_locks_from_who_has_it_open(beside: Beside) -> None:
    await beside.follow()
    log = beside.data_dir / f"{FILE_NAME}-wal"
    before = identity_of(log)
    again = open_for_writing(beside.data_dir, 0)

    # Whoever closes the file as the last one removes its log: another process must not take itself for that.
    leaving = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LOOK_AND_LEAVE, str(beside.data_dir / FILE_NAME)
    )
    assert await leaving.wait() == 0

    again.close()
    assert before is not None
    assert identity_of(log) == before


def test_a_file_that_cannot_be_opened_is_not_available(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()

    with pytest.raises(HistoryUnavailableError) as raised:
        open_for_writing(tmp_path, 0)

    assert not isinstance(raised.value, HistoryDamagedError)
