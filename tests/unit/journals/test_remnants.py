"""What an erasure leaves in the files of the SQLite journal: nothing, also of what was moved or restored."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gladly_segment.core.lifecycle import State
from gladly_segment.journals.sqlite import SqliteJournal, back_up, erase_again, open_eraser, remnants, restore
from tests.support.clock import START, ManualClock
from tests.support.journals import counts
from tests.support.receipts import SHOP, conversation_event, profile_event, taken_in
from tests.unit.journals.beside import ask, curating, opened
from tests.unit.journals.erasing import (
    ANN,
    CANARIES,
    canaries_in,
    deliver,
    erase,
    everything_in,
    fill_every_state,
    rows,
)

if TYPE_CHECKING:
    from tests.unit.journals.conftest import Sqlite


async def test_no_file_holds_anything_of_the_customer(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        for number in range(300):
            await journal.append(taken_in(conversation_event("CLOSED", f"c-{number}", ANN if number % 3 else "u-bob")))
            await journal.append(taken_in(profile_event("UPDATED", ANN, START + timedelta(seconds=number))))
            if number % 10 == 9:
                await deliver(journal)
        assert canaries_in(data_dir) == list(CANARIES)

        proof = await erase(data_dir)

        assert canaries_in(data_dir) == []
    assert proof.is_complete
    assert canaries_in(data_dir) == []
    assert b"u-bob" in everything_in(data_dir)


def find_nothing(*_: object) -> Sequence[remnants.Remnant]:
    return ()


async def test_a_file_would_still_hold_it_without_being_overwritten(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remnants, "find", find_nothing)
    async with opened(data_dir) as journal:
        for number in range(300):
            await journal.append(taken_in(conversation_event("CLOSED", f"c-{number}", ANN)))
        await deliver(journal)

        async with open_eraser(data_dir, ManualClock()) as eraser:
            eraser._db.execute("PRAGMA secure_delete = OFF")  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            await eraser.erase(SHOP, [ANN])

    assert canaries_in(data_dir) == list(CANARIES)


async def test_while_somebody_reads_the_journal_it_is_not_complete(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(data_dir) as journal:
        await journal.append(taken_in(conversation_event("CLOSED", "c-1", ANN)))
        with closing(sqlite3.connect(data_dir / "journal.sqlite")) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM receipts").fetchone()
            async with open_eraser(data_dir, ManualClock()) as eraser:
                eraser._db.execute("PRAGMA busy_timeout = 0")  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
                proof = await eraser.erase(SHOP, [ANN])

        assert (proof.found_again, proof.remnants, proof.is_complete) == (0, None, False)
        assert (await erase(data_dir)).is_complete


async def test_copies_left_behind_by_moving_rows_are_overwritten(data_dir: Path, sqlite: "Sqlite") -> None:
    found: list[int] = []
    async with opened(data_dir) as journal:
        # As versions did that overwrote nothing.
        sqlite.connections[0].execute("PRAGMA secure_delete = OFF")
        for number in range(400):
            await journal.append(taken_in(conversation_event("CLOSED", f"c-{number}", ANN if number % 4 else "u-bob")))
            await journal.append(taken_in(profile_event("UPDATED", f"u-{number}", START)))
            if number % 7 == 0:
                await journal.append(taken_in(profile_event("UPDATED", ANN, START + timedelta(seconds=number))))
            if number % 10 == 9:
                await deliver(journal)

        with pytest.MonkeyPatch.context() as patched:
            find = remnants.find

            def count(*arguments: object) -> Sequence[remnants.Remnant]:
                hits = find(*arguments)  # pyright: ignore[reportArgumentType]
                found.append(len(hits))
                return hits

            patched.setattr(remnants, "find", count)
            proof = await erase(data_dir)

        assert found[0] > 0
        assert found[-1] == 0
        assert canaries_in(data_dir) == []
        assert proof.is_complete
    assert ask(data_dir, "PRAGMA integrity_check") == [("ok",)]
    assert {row["detail"] for row in rows(data_dir)} == {""}


async def test_for_a_copy_beside_rows_the_file_is_not_written_anew(
    data_dir: Path, sqlite: "Sqlite", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remnants, "_write_anew", refuse)
    async with opened(data_dir) as journal:
        # Until the table has more than one page.
        await deliver_conversations(journal, "u-bob", 100)
        sqlite.connections[0].execute("PRAGMA secure_delete = OFF")
        await deliver_conversations(journal, ANN, 200)

        proof = await erase(data_dir)

        assert canaries_in(data_dir) == []
    assert proof.is_complete


async def deliver_conversations(journal: SqliteJournal, customer: str, count: int) -> None:
    for number in range(count):
        await journal.append(taken_in(conversation_event("CLOSED", f"c-{customer[:5]}-{number}", customer)))
        if number % 10 == 9:
            await deliver(journal)


def refuse(*_: object) -> None:
    raise AssertionError("the file was written anew")


async def test_every_connection_overwrites_what_it_deletes(data_dir: Path, sqlite: "Sqlite") -> None:
    async with opened(data_dir), curating(data_dir):
        assert [db.execute("PRAGMA secure_delete").fetchone() for db in sqlite.connections] == [(1,)] * 2


async def test_what_cannot_be_overwritten_is_told(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remnants, "find", find_one)
    async with opened(data_dir) as journal:
        await journal.append(taken_in(conversation_event("CLOSED", "c-1", ANN)))

        proof = await erase(data_dir)

    assert (proof.remnants, proof.is_complete) == (1, False)


def find_one(*_: object) -> Sequence[remnants.Remnant]:
    return [remnants.Remnant(1, 999_999, 10)]


async def test_an_older_backup_does_not_bring_an_erased_customer_back(data_dir: Path, tmp_path: Path) -> None:
    async with opened(data_dir) as journal:
        await fill_every_state(journal, data_dir)
        back_up(data_dir, tmp_path / "backup.sqlite")
        await erase(data_dir)
    kept = restore(tmp_path / "backup.sqlite", data_dir, force=True)
    assert kept is not None
    assert canaries_in(data_dir) == list(CANARIES)

    assert erase_again(kept, data_dir) == len(State)

    assert canaries_in(data_dir) == []
    assert rows(data_dir) == rows(kept)
    async with opened(data_dir) as journal:
        await journal.append(taken_in(conversation_event("CREATED", "c-late", ANN)))
        assert (await counts(journal))["suppressed/customer_erased"] == 4


async def test_erasing_again_leaves_others_alone(data_dir: Path, tmp_path: Path) -> None:
    async with opened(data_dir) as journal:
        await journal.append(taken_in(conversation_event("CLOSED", "c-1", "u-bob")))
        back_up(data_dir, tmp_path / "backup.sqlite")
        await erase(data_dir)
    before = rows(data_dir)
    kept = restore(tmp_path / "backup.sqlite", data_dir, force=True)
    assert kept is not None

    assert erase_again(kept, data_dir) == 0

    assert rows(data_dir) == before


@pytest.mark.parametrize("former", [b"", b"no journal at all"], ids=["empty", "damaged"])
async def test_what_a_damaged_journal_had_erased_is_not_known(data_dir: Path, tmp_path: Path, former: bytes) -> None:
    async with opened(data_dir) as journal:
        await journal.append(taken_in(conversation_event("CLOSED", "c-1", ANN)))
    write(tmp_path / "former", former)

    assert erase_again(tmp_path / "former", data_dir) == (None if former else 0)
    assert erase_again(tmp_path / "gone", data_dir) is None


def write(directory: Path, journal: bytes) -> None:
    directory.mkdir()
    (directory / "journal.sqlite").write_bytes(journal)
