"""A look at a journal from outside: everything is told, nothing is changed, and it ends in time."""

import asyncio
import fcntl
import os
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from gladly_segment.core.errors import JournalDamagedError, JournalUnavailableError, JournalVersionError
from gladly_segment.core.lifecycle import Stage, State
from gladly_segment.core.records import Deferred, Source, Tally, Waiting
from gladly_segment.journals.sqlite import SqliteJournal
from gladly_segment.journals.sqlite.inspector import SqliteInspector
from gladly_segment.ports.inspector import Trouble
from tests.support.clock import START, ManualClock
from tests.support.receipts import OTHER_SHOP, SHOP, receipt
from tests.unit.journals.aging import deliver
from tests.unit.journals.beside import ask, content, opened
from tests.unit.journals.conftest import OpenJournal
from tests.unit.journals.files import damage, fill, names_in

SOON_S = 30.0
HOUR = int(START.timestamp()) // 3600


def inspecting(data_dir: Path, clock: ManualClock | None = None) -> SqliteInspector:
    return SqliteInspector(data_dir, clock or ManualClock())


def put(data_dir: Path, file: bytes) -> None:
    data_dir.mkdir()
    (data_dir / "journal.sqlite").write_bytes(file)


async def defer(journal: SqliteJournal, detail: str, *keys: str) -> None:
    await asyncio.gather(*(journal.append(receipt(key)) for key in keys))
    for entry in await journal.claim(Stage.ENRICH, SHOP, 100):
        await journal.settle([Deferred(entry.seq, START + timedelta(hours=1), counted=True, detail=detail)])


async def test_beside_a_service_it_tells_what_is_in_the_journal(journal: SqliteJournal, data_dir: Path) -> None:
    await deliver(journal, "a", "b")
    await defer(journal, "answered 503", "c", "d")
    await journal.append(receipt("e", organization=OTHER_SHOP))

    view = await inspecting(data_dir).look(SOON_S)

    assert view.tallies == await journal.tally()
    assert Tally(SHOP, State.DELIVERED, "", 2, 2) in view.tallies
    assert view.troubles == [Trouble(SHOP, State.RECEIVED, "answered 503", 2)]
    assert {(each.organization, each.state) for each in view.waiting} == {
        (SHOP, State.RECEIVED),
        (OTHER_SHOP, State.RECEIVED),
    }
    assert view.waiting[0] == Waiting(view.waiting[0].organization, State.RECEIVED, START)
    assert view.size_bytes == await journal.size_bytes()
    assert 0 < view.used_bytes <= view.size_bytes


async def test_of_an_empty_journal_there_is_little_to_tell(journal: SqliteJournal, data_dir: Path) -> None:
    view = await inspecting(data_dir).look(SOON_S)

    assert (view.tallies, view.waiting, view.troubles, view.pulses, view.bytes_per_day) == ([], [], [], [], None)


async def test_an_organization_s_pulse_is_the_last_webhook_and_the_hours_in_which_events_ended(
    journal: SqliteJournal, data_dir: Path
) -> None:
    await deliver(journal, "a")
    later = START + timedelta(hours=2)
    await journal.append(receipt("b", at=later))

    (pulse,) = (await inspecting(data_dir).look(SOON_S)).pulses

    assert (pulse.organization, pulse.last_at, pulse.busy_hours) == (SHOP, later, (HOUR,))


async def test_what_was_recovered_is_no_webhook(journal: SqliteJournal, data_dir: Path) -> None:
    recovered = next(each for each in Source if each is not Source.WEBHOOK)
    await deliver(journal, "a", "b")
    ask(data_dir, "UPDATE receipts SET source = ?, received_at_ms = received_at_ms + 5000 WHERE key = 'b'", recovered)

    (pulse,) = (await inspecting(data_dir).look(SOON_S)).pulses

    assert pulse.last_at == START


async def test_who_was_silent_for_long_is_found_by_what_ended_last(
    journal: SqliteJournal, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gladly_segment.journals.sqlite.inspector._LATEST", 1)
    await deliver(journal, "a")
    await journal.append(receipt("b", organization=OTHER_SHOP, at=START + timedelta(hours=9)))

    pulses = {each.organization: each.last_at for each in (await inspecting(data_dir).look(SOON_S)).pulses}

    assert pulses == {SHOP: START, OTHER_SHOP: START + timedelta(hours=9)}


async def test_it_tells_how_fast_the_journal_grows(journal: SqliteJournal, data_dir: Path) -> None:
    for hour in range(5):
        await journal.append(receipt(f"r{hour}", at=START + timedelta(hours=hour), body=b"x" * 50_000))

    view = await inspecting(data_dir).look(SOON_S)

    assert view.bytes_per_day == pytest.approx(view.used_bytes * 24 / 4)


async def test_what_came_within_an_hour_tells_no_growth(journal: SqliteJournal, data_dir: Path) -> None:
    await journal.append(receipt("a"))
    await journal.append(receipt("b", at=START + timedelta(minutes=59)))

    assert (await inspecting(data_dir).look(SOON_S)).bytes_per_day is None


async def test_looking_changes_nothing(data_dir: Path) -> None:
    await fill(data_dir, "a", "b")
    before, names = content(data_dir), names_in(data_dir)

    await inspecting(data_dir).look(SOON_S)
    assert await inspecting(data_dir).verify(SOON_S)

    assert content(data_dir) == before
    assert names_in(data_dir) == names


async def test_looking_makes_no_journal(data_dir: Path) -> None:
    inspector = inspecting(data_dir)

    assert not inspector.exists()
    assert not inspector.in_use()
    with pytest.raises(JournalUnavailableError):
        await inspector.look(SOON_S)

    assert names_in(data_dir.parent) == set()


async def test_it_knows_whether_a_service_works_on_it(data_dir: Path, open_here: OpenJournal) -> None:
    inspector = inspecting(data_dir)
    journal = await open_here()
    assert inspector.exists()
    assert inspector.in_use()

    await journal.close()

    assert inspector.exists()
    assert not inspector.in_use()


async def test_looking_whether_it_is_in_use_leaves_the_lock_free(data_dir: Path) -> None:
    await fill(data_dir, "a")

    assert not inspecting(data_dir).in_use()

    with closing(os.fdopen(os.open(data_dir / "lock", os.O_RDWR))) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


async def test_a_look_that_takes_too_long_is_given_up(data_dir: Path) -> None:
    async with opened(data_dir) as journal:
        await asyncio.gather(*(journal.append(receipt(f"r{number}")) for number in range(2_000)))

        with pytest.raises(JournalUnavailableError, match="took longer than 0 s"):
            await inspecting(data_dir).look(0.0)


async def test_a_journal_of_another_version_is_told_of(data_dir: Path) -> None:
    await fill(data_dir, "a")
    ask(data_dir, "PRAGMA user_version = 1")

    with pytest.raises(JournalVersionError):
        await inspecting(data_dir).look(SOON_S)


async def test_damage_is_found(data_dir: Path) -> None:
    await fill(data_dir, *(f"r{number}" for number in range(300)))
    damage(data_dir / "journal.sqlite")

    with pytest.raises(JournalDamagedError):
        await inspecting(data_dir).verify(SOON_S)


async def test_what_is_no_journal_is_damaged(data_dir: Path) -> None:
    put(data_dir, b"not a database, whatever else it is" * 100)

    with pytest.raises(JournalDamagedError):
        await inspecting(data_dir).look(SOON_S)


def test_a_lock_that_cannot_be_looked_at_is_told_of(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "lock").symlink_to("lock")

    with pytest.raises(JournalUnavailableError):
        inspecting(data_dir).in_use()
