"""What people order, and what becomes of it."""

from datetime import timedelta

import msgspec
import pytest

from gladly_segment.core.backfill import Phase, Progress, Reading
from gladly_segment.core.errors import InputError
from gladly_segment.core.past import Span
from gladly_segment.core.records import Source
from gladly_segment.spool import SqliteBackfills
from tests.support.clock import ManualClock
from tests.support.pasts import created, days_ago
from tests.support.receipts import OTHER_SHOP, SHOP
from tests.unit.spool.orders import A_PLAN, an_order


def reading(since: float, until: float) -> Reading:
    return Reading(span=Span(days_ago(since), days_ago(until)), source=Source.REPORT, why="because")


async def test_an_order_is_worked_on_from_its_lists_on(backfills: SqliteBackfills) -> None:
    ordered = await backfills.order(an_order(integrations=b'{"All":false}'))

    assert (ordered.phase, ordered.order) == (Phase.GATHERING, an_order(integrations=b'{"All":false}'))
    assert await backfills.under_way(SHOP) == ordered
    assert await backfills.under_way(OTHER_SHOP) is None


async def test_the_latest_of_each_organization_is_shown(backfills: SqliteBackfills) -> None:
    await backfills.order(an_order(organization=SHOP, plan_only=True))
    other = await backfills.order(an_order(organization=OTHER_SHOP))
    stopped = await backfills.stop(SHOP)
    newer = await backfills.order(an_order(5, 1))

    assert await backfills.latest() == [other, newer]
    assert stopped is not None
    assert newer.number > stopped.number


async def test_while_one_is_under_way_another_span_is_refused(backfills: SqliteBackfills) -> None:
    await backfills.order(an_order(30))

    with pytest.raises(InputError, match="is under way"):
        await backfills.order(an_order(60))


async def test_the_same_order_again_goes_on_with_what_is_new_in_it(backfills: SqliteBackfills) -> None:
    first = await backfills.order(an_order())

    again = await backfills.order(an_order(integrations=b'{"All":false}'))

    assert (again.number, again.phase) == (first.number, Phase.GATHERING)
    assert again.order.integrations == b'{"All":false}'


async def test_a_span_is_meant_in_whole_milliseconds(backfills: SqliteBackfills) -> None:
    order = an_order()
    finer = msgspec.structs.replace(order, span=Span(order.span.start, order.span.end + timedelta(microseconds=7)))
    first = await backfills.order(finer)

    assert (await backfills.order(finer)).number == first.number
    assert first.order == order


async def test_one_that_is_carried_out_does_not_become_a_plan_again(backfills: SqliteBackfills) -> None:
    ordered = await backfills.order(an_order())

    again = await backfills.order(an_order(plan_only=True))

    assert not again.order.plan_only
    assert await backfills.planned(ordered.number, A_PLAN) is Phase.SENDING


async def test_a_plan_waits_until_it_is_ordered_to_be_carried_out(backfills: SqliteBackfills) -> None:
    ordered = await backfills.order(an_order(plan_only=True))
    assert await backfills.planned(ordered.number, A_PLAN) is Phase.PLANNED
    assert await backfills.under_way(SHOP) is None

    started = await backfills.order(an_order())

    assert (started.number, started.phase, started.plan) == (ordered.number, Phase.SENDING, A_PLAN)


async def test_one_that_was_stopped_goes_on_where_it_was(backfills: SqliteBackfills) -> None:
    ordered = await backfills.order(an_order())
    await backfills.note_read(ordered.number, reading(30, 23), 0)
    assert await backfills.stop(SHOP) is not None
    assert await backfills.under_way(SHOP) is None
    gathering = await backfills.order(an_order())
    await backfills.planned(ordered.number, A_PLAN)
    await backfills.stop(SHOP)

    sending = await backfills.order(an_order())

    assert (gathering.number, gathering.phase, gathering.read_until) == (ordered.number, Phase.GATHERING, days_ago(23))
    assert (sending.number, sending.phase) == (ordered.number, Phase.SENDING)


async def test_where_none_is_under_way_there_is_nothing_to_stop(backfills: SqliteBackfills) -> None:
    assert await backfills.stop(SHOP) is None


async def test_a_span_that_reaches_further_keeps_what_was_read(backfills: SqliteBackfills) -> None:
    ordered = await backfills.order(an_order(30, 2, plan_only=True))
    await backfills.note_read(ordered.number, reading(30, 2), 0)
    await backfills.planned(ordered.number, A_PLAN)

    longer = await backfills.order(an_order(40, 0))

    assert (longer.number, longer.phase, longer.plan) == (ordered.number, Phase.GATHERING, None)
    assert await backfills.read(longer.number) == (reading(30, 2),)


async def test_another_span_takes_the_place_of_one_that_rests(backfills: SqliteBackfills) -> None:
    resting = await backfills.order(an_order(30, 2))
    await backfills.gather(resting.number, [created(days_ago(5))])
    await backfills.stop(SHOP)

    other = await backfills.order(an_order(20, 2))

    assert other.number != resting.number
    assert (await backfills.needs(resting.number)).occurrences == 0


async def test_what_is_done_is_not_begun_again_by_a_new_order(backfills: SqliteBackfills) -> None:
    ordered = await backfills.order(an_order())
    await backfills.gather(ordered.number, [created(days_ago(5))])
    await backfills.planned(ordered.number, A_PLAN)
    await backfills.done(ordered.number)

    (shown,) = await backfills.latest()
    again = await backfills.order(an_order())

    assert (shown.phase, shown.plan) == (Phase.DONE, A_PLAN)
    assert (await backfills.needs(ordered.number)).occurrences == 0
    assert (again.number == ordered.number, again.phase) == (False, Phase.GATHERING)


async def test_notes_do_not_change_one_that_was_stopped(backfills: SqliteBackfills) -> None:
    ordered = await backfills.order(an_order())
    stopped = await backfills.stop(SHOP)

    await backfills.note(ordered.number, progress=Progress(ended=7), trouble="the moon")
    await backfills.gather(ordered.number, [created(days_ago(5))])
    await backfills.done(ordered.number)

    assert [stopped] == await backfills.latest()
    assert await backfills.planned(ordered.number, A_PLAN) is Phase.STOPPED


async def test_how_far_it_is_and_what_it_waits_for_is_shown(backfills: SqliteBackfills, clock: ManualClock) -> None:
    ordered = await backfills.order(an_order())
    progress = Progress(handed_over=9, ended=7, outcomes=(("delivered", "", 7),), per_s=1.5)
    await backfills.expect(ordered.number, [reading(23, 0)])
    await backfills.note_read(ordered.number, reading(30, 23), 2)
    await backfills.note(ordered.number, progress=progress, trouble="Gladly: it does not answer")

    (shown,) = await backfills.latest()

    assert (shown.progress, shown.trouble, shown.ordered_at) == (progress, "Gladly: it does not answer", clock.now())
    assert shown.readings == (reading(30, 23), reading(23, 0))
    assert (shown.read_until, shown.found.unreadable) == (days_ago(23), 2)
