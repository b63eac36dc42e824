"""When reports were asked for, over the death of a process."""

from datetime import timedelta
from pathlib import Path

from gladly_segment.spool import SqliteBackfills
from tests.support.clock import START, ManualClock
from tests.support.receipts import OTHER_SHOP, SHOP
from tests.unit.spool.orders import an_order

MINUTE = timedelta(minutes=1)


async def test_what_one_process_asked_for_another_one_knows(
    backfills: SqliteBackfills, tmp_path: Path, clock: ManualClock
) -> None:
    await backfills.order(an_order())
    for each in (START - MINUTE, START - MINUTE / 2, START):
        await backfills.diary(SHOP).note(each)

    beside = SqliteBackfills(tmp_path, clock)
    asked, others = await beside.diary(SHOP).asked(START - MINUTE / 2), await beside.diary(OTHER_SHOP).asked(START)
    await beside.close()

    assert (asked, others) == ([START - MINUTE / 2, START], [])


async def test_what_is_long_ago_is_not_kept(backfills: SqliteBackfills) -> None:
    await backfills.order(an_order())
    await backfills.diary(SHOP).note(START - 3 * MINUTE)
    await backfills.diary(SHOP).note(START)

    assert await backfills.diary(SHOP).asked(START - 9 * MINUTE) == [START]


async def test_without_a_file_nothing_is_known_and_none_is_made(backfills: SqliteBackfills, tmp_path: Path) -> None:
    await backfills.diary(SHOP).note(START)

    assert await backfills.diary(SHOP).asked(START - MINUTE) == ()
    assert await backfills.latest() == ()
