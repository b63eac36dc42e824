"""Gathered occurrences: kept once, handed over in order, struck out."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest

from gladly_segment.core.backfill import BackfillNumber, Needs, Progress
from gladly_segment.core.ids import ConversationId
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.past import PastOccurrence
from gladly_segment.core.records import Source
from gladly_segment.spool import SqliteBackfills
from tests.support.pasts import MS, closed, created, days_ago, happened
from tests.unit.spool.orders import an_order


@pytest.fixture
async def number(backfills: SqliteBackfills) -> BackfillNumber:
    return (await backfills.order(an_order())).number


async def all_of_it(backfills: SqliteBackfills, number: BackfillNumber) -> Sequence[PastOccurrence]:
    return await backfills.next(number, 1_000)


async def test_what_is_told_twice_is_kept_once(backfills: SqliteBackfills, number: BackfillNumber) -> None:
    told = [created(days_ago(5)), closed(days_ago(4)), closed(days_ago(3))]

    await backfills.gather(number, told)
    await backfills.gather(number, [*told, created(days_ago(5) + MS)])

    assert await all_of_it(backfills, number) == told
    (shown,) = await backfills.latest()
    assert (shown.found.created, shown.found.closed) == (1, 2)


@pytest.mark.parametrize("first", [0, 1], ids=["uncertain first", "certain first"])
async def test_of_a_creation_the_certain_one_is_kept(
    backfills: SqliteBackfills, number: BackfillNumber, first: int
) -> None:
    certain = created(days_ago(5))
    uncertain = happened(EventKind.CREATED, days_ago(4), source=Source.EXPORT, certain=False)
    both = [uncertain, certain]

    await backfills.gather(number, [both[first]])
    await backfills.gather(number, [both[1 - first]])

    assert await all_of_it(backfills, number) == [certain]


async def test_customers_come_one_after_the_other_and_first_those_with_a_conversation_that_is_open(
    backfills: SqliteBackfills, number: BackfillNumber
) -> None:
    told = [
        created(days_ago(9), "c-1", "u-1"),
        closed(days_ago(8), "c-1", "u-1"),
        created(days_ago(7), "c-2", "u-2"),
        closed(days_ago(6), "c-2", "u-2"),
        created(days_ago(5), "c-3", "u-2"),
        created(days_ago(4), "c-4", "u-1"),
        closed(days_ago(4), "c-4", "u-1"),
    ]
    await backfills.gather(number, list(reversed(told)))

    found = await backfills.arrange(number)

    order = [(each.conversation, each.kind.value) for each in await all_of_it(backfills, number)]
    assert order == [
        *[("c-2", "created"), ("c-2", "closed"), ("c-3", "created")],
        *[("c-1", "created"), ("c-1", "closed"), ("c-4", "created"), ("c-4", "closed")],
    ]
    assert (found.conversations, found.customers) == (4, 2)


async def test_a_conversation_that_changed_hands_stays_together(
    backfills: SqliteBackfills, number: BackfillNumber
) -> None:
    before, after = created(days_ago(9), "c-1", "u-9"), closed(days_ago(8), "c-1", "u-1")
    await backfills.gather(
        number, [before, after, created(days_ago(8), "c-2", "u-5"), closed(days_ago(7), "c-2", None)]
    )

    await backfills.arrange(number)

    assert [(each.conversation, each.customer) for each in await all_of_it(backfills, number)] == [
        *[("c-1", "u-1")] * 2,
        *[("c-2", "u-5")] * 2,
    ]


async def test_a_portion_ends_with_a_whole_conversation(backfills: SqliteBackfills, number: BackfillNumber) -> None:
    first = [created(days_ago(9), "c-1"), closed(days_ago(8), "c-1")]
    second = [
        created(days_ago(7), "c-2"),
        *(closed(days_ago(6) + hour * timedelta(hours=1), "c-2") for hour in range(9)),
    ]
    await backfills.gather(number, [*first, *second])

    assert await backfills.next(number, 3) == first
    await backfills.hand_over(number, struck=first, progress=Progress())
    assert await backfills.next(number, 3) == second


async def test_what_is_in_hand_is_not_handed_over_again(backfills: SqliteBackfills, number: BackfillNumber) -> None:
    one, two, three = created(days_ago(9), "c-1"), created(days_ago(9), "c-2"), created(days_ago(9), "c-3")
    await backfills.gather(number, [one, two, three])

    await backfills.hand_over(number, taken=[one], struck=[two], progress=Progress(handed_over=1, known=1))

    assert await all_of_it(backfills, number) == [three]
    assert await backfills.in_hand(number) == [one]
    (shown,) = await backfills.latest()
    assert shown.progress == Progress(handed_over=1, known=1)


async def test_what_is_in_hand_is_as_it_was_found_to_be(backfills: SqliteBackfills, number: BackfillNumber) -> None:
    uncertain = happened(EventKind.CREATED, days_ago(4), source=Source.EXPORT, certain=False)
    certain = msgspec.structs.replace(created(days_ago(6)), source=Source.EXPORT)
    await backfills.gather(number, [uncertain])

    await backfills.hand_over(number, taken=[certain], progress=Progress())

    assert await backfills.in_hand(number) == [certain]


async def test_pages_give_whole_conversations(backfills: SqliteBackfills, number: BackfillNumber) -> None:
    told = [created(days_ago(9), f"c-{each}") for each in range(5)]
    told += [closed(days_ago(8), f"c-{each}") for each in range(5)]
    await backfills.gather(number, told)

    pages: list[list[ConversationId]] = []
    after = None
    while page := await backfills.page(number, after, 2):
        pages.append([each.conversation for each in page])
        after = page[-1].conversation

    assert pages == [["c-0"] * 2 + ["c-1"] * 2, ["c-2"] * 2 + ["c-3"] * 2, ["c-4"] * 2]


async def test_what_is_needed_is_counted_by_customers(backfills: SqliteBackfills, number: BackfillNumber) -> None:
    uncertain = happened(EventKind.CREATED, days_ago(4), "c-4", None, source=Source.EXPORT, certain=False)
    known = created(days_ago(9), "c-9", "u-9")
    await backfills.gather(
        number, [created(days_ago(9)), closed(days_ago(8)), created(days_ago(9), "c-2"), uncertain, known]
    )
    await backfills.mark_known(number, [known])

    assert await backfills.needs(number) == Needs(occurrences=4, uncertain=1, customers=1, without_customer=1, known=1)
    assert len(await all_of_it(backfills, number)) == 5
    await backfills.arrange(number)
    assert (await backfills.needs(number)).known == 0
