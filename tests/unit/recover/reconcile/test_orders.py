"""What somebody orders is certified at once, of whatever time."""

from datetime import timedelta

from gladly_segment.core.certificate import DifferenceKind, Standing
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.past import Span
from gladly_segment.core.signals import ReceiptAppended
from gladly_segment.ports.registry import Action
from tests.support.clock import START
from tests.support.receipts import SHOP, conversation_event
from tests.unit.recover.reconcile.conftest import House

H, M, S = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
SOON = 16 * M
"""By then an hour is due for every organization."""

OUT_OF_ORDER = Failure(FailureKind.UNAVAILABLE, "answered 503 (Service Unavailable)")
FIRST = Span(START, START + H)
"""The first hour that is certified: a webhook came on its very beginning."""


async def test_what_was_ordered_is_made_at_once_and_of_a_part_of_an_hour_too(house: House) -> None:
    await house.has_an_hour()
    house.clock.advance((H + M).total_seconds())
    await house.orders(START, START + H + 30 * S)

    await house.beat()

    made = await house.certificates()
    assert [(each.span.end, each.ordered, each.at_gladly) for each in made] == [
        (START + H, False, 2),
        (START + H + 30 * S, False, 1),
    ]


async def test_a_part_of_an_hour_gives_way_to_the_whole(house: House) -> None:
    await house.has_an_hour()
    house.clock.advance((50 * M).total_seconds())
    await house.orders(START, START + 45 * M)
    await house.beat()

    await house.beat(after=H)

    assert [each.span for each in await house.certificates()] == [FIRST]


async def test_an_order_that_gladly_does_not_serve_says_why_and_is_tried_again(house: House) -> None:
    await house.has_an_hour()
    house.clock.advance((H + M).total_seconds())
    await house.orders(START, START + H)
    house.events.failing[1] = OUT_OF_ORDER
    await house.beat()
    tried = await house.certificate()

    await house.beat(after=2 * M)

    assert (tried.standing, tried.trouble) == (Standing.ORDERED, OUT_OF_ORDER.detail)
    made = await house.certificate()
    assert (made.standing, made.trouble) == (Standing.COMPLETE, "")


async def test_what_was_ordered_of_many_days_is_made_answer_by_answer(house: House) -> None:
    await house.has_an_hour()
    house.clock.advance((80 * H).total_seconds())
    await house.orders(START, START + 79 * H)
    house.reports.failure = OUT_OF_ORDER

    more = [await house.reconciler.serve_orders()]
    house.reports.failure = None
    house.clock.advance(60)
    while await house.reconciler.serve_orders():
        more.append(True)

    made = await house.certificates()
    assert more == [False, *[True] * (len(house.reports.asked) + len(house.events.asked) - 2)]
    assert all(not each.ordered for each in made)


async def test_trouble_is_told_of_what_was_asked_for_only(house: House) -> None:
    await house.has_an_hour()
    house.clock.advance((80 * H).total_seconds())
    await house.orders(START, START + 79 * H)
    house.reports.failure = OUT_OF_ORDER

    await house.reconciler.serve_orders()

    troubled = [each.span.start for each in await house.certificates() if each.trouble]
    assert troubled == [START + n * H for n in range(12)]


async def test_of_a_time_before_the_feed_is_told_what_is_missing_and_nothing_taken_in(house: House) -> None:
    before = conversation_event("CREATED", "c-old", at=START - 30 * M)
    house.events.events.append(before)
    await house.has_an_hour()
    await house.orders(START - H, START)

    await house.beat(after=M)

    certificate = await house.certificate()
    assert ([each.kind for each in certificate.differences], certificate.in_feed) == ([DifferenceKind.MISSING], False)
    assert house.observer.of(ReceiptAppended) == []


async def test_what_happened_while_an_organization_was_taken_out_is_not_made_up_for(house: House) -> None:
    await house.has_an_hour()
    await house.beat(after=H + SOON)
    await house.feeds.note_action(Action(at=START + 3 * H, organization=SHOP, by="command", what="disconnected"))
    house.clock.advance((30 * H).total_seconds())
    await house.hears(conversation_event("CREATED", "c-new", at=START + 30 * H))

    house.begin()
    await house.beat(after=3 * H)

    assert [each.span.start - START for each in await house.certificates()] == [0 * H, 30 * H, 31 * H, 32 * H]
