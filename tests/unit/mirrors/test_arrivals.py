"""What arrived: durable when told, counted exactly, forgotten in time."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from gladly_segment.core.errors import MirrorUnavailableError
from gladly_segment.core.ids import MessageId, OrganizationId
from gladly_segment.mirrors import SqliteArrivals, arrived, first_arrival
from gladly_segment.mirrors.file import FILE_NAME
from tests.support.clock import START, ManualClock
from tests.support.receipts import OTHER_SHOP, SHOP

ONE, TWO = MessageId("gladly-1"), MessageId("gladly-2")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def arrivals(tmp_path: Path, clock: ManualClock) -> AsyncIterator[SqliteArrivals]:
    arrivals = SqliteArrivals(tmp_path, clock)
    yield arrivals
    await arrivals.close()


def kept(data_dir: Path, organization: OrganizationId = SHOP) -> dict[str, int]:
    return {message: times for portion in arrived(data_dir, organization) for message, times in portion}


async def test_what_is_noted_can_be_read_beside_at_once(arrivals: SqliteArrivals, tmp_path: Path) -> None:
    await arrivals.note(SHOP, [ONE, TWO, ONE])
    await arrivals.note(OTHER_SHOP, [ONE])

    assert kept(tmp_path) == {ONE: 2, TWO: 1}
    assert kept(tmp_path, OTHER_SHOP) == {ONE: 1}
    assert await arrivals.organizations() == [OTHER_SHOP, SHOP]


async def test_a_hundred_at_once_are_all_counted(arrivals: SqliteArrivals, tmp_path: Path) -> None:
    await asyncio.gather(*(arrivals.note(SHOP, [ONE, MessageId(f"gladly-x{number}")]) for number in range(100)))

    found = kept(tmp_path)
    assert found[ONE] == 100
    assert len(found) == 101


async def test_whoever_gives_up_waiting_does_not_take_others_with_him(arrivals: SqliteArrivals, tmp_path: Path) -> None:
    impatient = asyncio.create_task(arrivals.note(SHOP, [ONE]))
    await asyncio.sleep(0)
    patient = asyncio.create_task(arrivals.note(SHOP, [TWO]))
    impatient.cancel()
    await patient

    assert kept(tmp_path)[TWO] == 1


async def test_they_are_there_after_the_next_start(tmp_path: Path, clock: ManualClock) -> None:
    for _ in range(2):
        arrivals = SqliteArrivals(tmp_path, clock)
        await arrivals.note(SHOP, [ONE])
        await arrivals.close()

    assert kept(tmp_path) == {ONE: 2}


async def test_only_its_user_reads_the_file(arrivals: SqliteArrivals, tmp_path: Path) -> None:
    await arrivals.note(SHOP, [ONE])

    files = [tmp_path / f"{FILE_NAME}{ending}" for ending in ("", "-wal", "-shm")]
    assert {each.stat().st_mode & 0o777 for each in files} == {0o600}


async def test_what_arrived_long_ago_is_forgotten_in_portions(
    arrivals: SqliteArrivals, tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gladly_segment.mirrors.arrivals._FORGOTTEN_AT_ONCE", 2)
    await arrivals.note(SHOP, [MessageId(f"gladly-x{number}") for number in range(3)])
    await arrivals.note(OTHER_SHOP, [ONE])
    clock.advance(10)
    await arrivals.note(SHOP, [TWO])
    # One that comes again is as old as it was.
    await arrivals.note(SHOP, [MessageId("gladly-x0")])

    portions = [await arrivals.forget(SHOP, START + timedelta(seconds=10)) for _ in range(3)]

    assert portions == [2, 1, 0]
    assert kept(tmp_path) == {TWO: 1}
    assert kept(tmp_path, OTHER_SHOP) == {ONE: 1}


async def test_since_when_they_arrive_is_told_for_each(
    arrivals: SqliteArrivals, tmp_path: Path, clock: ManualClock
) -> None:
    assert first_arrival(tmp_path, None) == {}
    await arrivals.note(SHOP, [ONE])
    clock.advance(10)
    await arrivals.note(SHOP, [TWO])
    await arrivals.note(OTHER_SHOP, [TWO])

    assert first_arrival(tmp_path, None) == {SHOP: START, OTHER_SHOP: START + timedelta(seconds=10)}
    assert first_arrival(tmp_path, SHOP) == {SHOP: START}


async def test_without_a_file_there_is_nothing_and_none_is_made(arrivals: SqliteArrivals, tmp_path: Path) -> None:
    assert await arrivals.organizations() == ()
    assert kept(tmp_path) == {}
    assert not (tmp_path / FILE_NAME).exists()


async def test_trouble_is_told_and_over_when_it_is_mended(arrivals: SqliteArrivals, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database, but long enough to be taken for one" * 100)

    with pytest.raises(MirrorUnavailableError, match="is damaged") as error:
        await arrivals.note(SHOP, [ONE])
    with pytest.raises(MirrorUnavailableError):
        kept(tmp_path)
    (tmp_path / FILE_NAME).unlink()
    await arrivals.note(SHOP, [ONE])

    assert "remove it" in error.value.hint
    assert kept(tmp_path) == {ONE: 1}


async def test_a_file_of_another_version_is_refused(arrivals: SqliteArrivals, tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / FILE_NAME)
    db.execute("PRAGMA user_version = 9")
    db.close()

    with pytest.raises(MirrorUnavailableError, match="another version"):
        await arrivals.note(SHOP, [ONE])
