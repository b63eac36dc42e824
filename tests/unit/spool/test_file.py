"""The file itself: made by the first order, noticed when it is gone, and never a danger to others."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from gladly_segment.core.errors import BackfillsUnavailableError
from gladly_segment.spool import SqliteBackfills
from gladly_segment.spool.file import FILE_NAME
from tests.support.clock import ManualClock
from tests.support.pasts import created, days_ago
from tests.support.receipts import SHOP
from tests.unit.spool.orders import an_order


def files(directory: Path) -> list[Path]:
    return list(directory.iterdir())


async def test_looking_makes_no_file(backfills: SqliteBackfills, tmp_path: Path) -> None:
    assert await backfills.latest() == ()
    assert await backfills.under_way(SHOP) is None
    assert await backfills.stop(SHOP) is None

    assert files(tmp_path) == []


async def test_the_file_is_for_its_owner_only(backfills: SqliteBackfills, tmp_path: Path) -> None:
    await backfills.order(an_order())

    assert {stat.S_IMODE(each.stat().st_mode) for each in files(tmp_path)} == {0o600}


async def test_an_order_from_beside_is_noticed(backfills: SqliteBackfills, tmp_path: Path, clock: ManualClock) -> None:
    assert await backfills.under_way(SHOP) is None
    beside = SqliteBackfills(tmp_path, clock)
    ordered = await beside.order(an_order())
    await beside.close()

    assert await backfills.under_way(SHOP) == ordered


async def test_everything_is_there_for_the_next_process(
    backfills: SqliteBackfills, tmp_path: Path, clock: ManualClock
) -> None:
    ordered = await backfills.order(an_order())
    await backfills.gather(ordered.number, [created(days_ago(3))])

    again = SqliteBackfills(tmp_path, clock)
    there, upcoming = await again.under_way(SHOP), await again.next(ordered.number, 9)
    await again.close()

    assert [there] == await backfills.latest()
    assert upcoming == [created(days_ago(3))]


async def test_a_file_that_was_removed_is_gone_and_another_one_is_taken(
    backfills: SqliteBackfills, tmp_path: Path
) -> None:
    ordered = await backfills.order(an_order())
    for each in files(tmp_path):
        each.unlink()

    assert await backfills.under_way(SHOP) is None
    with pytest.raises(BackfillsUnavailableError, match="there is no"):
        await backfills.next(ordered.number, 9)
    assert (await backfills.order(an_order(9))).order == an_order(9)


async def test_a_file_that_is_none_is_refused_with_what_to_do(backfills: SqliteBackfills, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database at all" * 100)

    with pytest.raises(BackfillsUnavailableError, match="damaged") as refused:
        await backfills.latest()

    assert "remove it" in refused.value.hint
    assert (tmp_path / FILE_NAME).read_bytes() == b"no database at all" * 100


async def test_a_foreign_database_is_refused_and_left_as_it_is(backfills: SqliteBackfills, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as foreign:
        foreign.execute("CREATE TABLE notes (text TEXT)")
    before = (tmp_path / FILE_NAME).read_bytes()

    with pytest.raises(BackfillsUnavailableError, match="no file of backfills"):
        await backfills.order(an_order())

    assert (tmp_path / FILE_NAME).read_bytes() == before


async def test_a_damaged_file_is_usable_again_once_it_is_removed(backfills: SqliteBackfills, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database at all" * 100)
    with pytest.raises(BackfillsUnavailableError):
        await backfills.latest()
    (tmp_path / FILE_NAME).unlink()

    assert (await backfills.order(an_order())).order == an_order()
