"""Hours are certified as they end, and whenever somebody orders it; what was missed is taken in."""

import asyncio
from datetime import date, datetime, timedelta

import msgspec
import pytest

from gladly_segment.core.certificate import DifferenceKind, Standing
from gladly_segment.core.certificate_signals import (
    Certified,
    CertifyingFailed,
    CertifyingResumed,
    Completeness,
    HoursComplete,
    HoursIncomplete,
)
from gladly_segment.core.errors import JournalDamagedError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.past import Span
from gladly_segment.core.records import Source
from gladly_segment.core.signals import JournalTrouble, ReceiptAppended
from gladly_segment.ports.registry import Feed
from tests.support.clock import START
from tests.support.receipts import SHOP, conversation_event, taken_in
from tests.support.reckoning import told
from tests.unit.recover.reconcile.conftest import House

H, M, S = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
SOON = 16 * M
"""By then an hour is due for every organization."""

OUT_OF_ORDER = Failure(FailureKind.UNAVAILABLE, "answered 503 (Service Unavailable)")
OUT_OF_REACH = Failure(FailureKind.REFUSED, "answered 400 (Bad Request)")
FIRST = Span(START, START + H)
"""The first hour that is certified: a webhook came on its very beginning."""


async def test_an_hour_is_certified_after_it_ended(house: House) -> None:
    await house.has_an_hour()

    await house.beat(after=H + 9 * M)
    assert await house.certificates() == []
    await house.beat(after=SOON)

    certificate = await house.certificate()
    assert (certificate.span, certificate.standing, certificate.source) == (FIRST, Standing.COMPLETE, Source.EVENTS_API)
    assert (certificate.at_gladly, certificate.in_journal, certificate.accepted) == (2, 2, 2)
    assert (certificate.in_feed, certificate.calls) == (True, 1)
    assert [each.standing for each in house.observer.of(Certified)] == [Standing.COMPLETE]


async def test_an_hour_is_certified_once(house: House) -> None:
    await house.has_an_hour()
    await house.beat(after=H + SOON)

    for _ in range(5):
        await house.beat(after=2 * M)
    house.begin()
    await house.beat(after=2 * M)

    assert len(house.events.asked) == 1


async def test_while_nothing_shows_that_gladly_reached_the_next_hour_it_is_waited(house: House) -> None:
    await house.happens(conversation_event("CREATED", "c-1", at=START))
    await house.beat(after=H + 40 * M)
    assert await house.certificates() == []

    await house.beat(after=40 * M)

    assert (await house.certificate()).span == FIRST


async def test_what_the_feed_missed_is_taken_in_and_named(house: House) -> None:
    await house.has_an_hour()
    house.events.events.append(conversation_event("CLOSED", "c-2", at=START + 40 * M))

    await house.beat(after=H + SOON)

    waiting = await house.certificate()
    assert waiting.standing is Standing.WAITING
    assert [each.kind for each in waiting.differences] == [DifferenceKind.RECOVERED, DifferenceKind.WAITING]
    assert {each.conversation for each in waiting.differences} == {"c-2"}
    assert [each.event_id for each in house.observer.of(ReceiptAppended)] == [waiting.differences[0].event_id]


async def test_what_was_taken_in_completes_the_hour_without_asking_gladly_again(house: House) -> None:
    await house.has_an_hour()
    house.events.events.append(conversation_event("CLOSED", "c-2", at=START + 40 * M))
    await house.beat(after=H + SOON)
    await house.deliver_all()

    await house.beat(after=10 * S)

    certificate = await house.certificate()
    assert (certificate.standing, certificate.accepted) == (Standing.COMPLETE, 3)
    assert [each.kind for each in certificate.differences] == [DifferenceKind.RECOVERED]
    assert len(house.events.asked) == 1


async def test_what_was_missed_is_taken_in_in_the_order_in_which_it_happened(house: House) -> None:
    await house.has_an_hour()
    closings = [conversation_event("CLOSED", name, at=START + n * M) for n, name in enumerate(("c-2", "c-3", "c-2"), 1)]
    house.events.events += closings

    await house.beat(after=H + SOON)

    taken = sorted(house.observer.of(ReceiptAppended), key=lambda each: each.received_at)
    assert [each.lane for each in taken] == ["conversation:c-2", "conversation:c-3", "conversation:c-2"]


async def test_what_is_taken_in_goes_after_what_is_live(house: House) -> None:
    await house.has_an_hour()
    house.events.events.append(conversation_event("CLOSED", "c-2", at=START + 40 * M))
    await house.beat(after=H + SOON)
    await house.hears(conversation_event("CREATED", "c-live", at=house.clock.now()))

    waiting = await house.store.claim(Stage.ENRICH, SHOP, 10)

    assert [each.lane for each in waiting] == ["conversation:c-live", "conversation:c-2"]


async def test_after_an_absence_the_hours_since_are_made_up_for_with_few_calls(house: House) -> None:
    await house.has_an_hour()

    await house.beat(after=40 * H)

    certificates = await house.certificates()
    assert [each.span.start for each in certificates] == [START + n * H for n in range(38)]
    assert [each.source for each in certificates].count(Source.REPORT) == 17
    assert house.reports.asked == [(date(2026, 3, 1),) * 2, (date(2026, 3, 2),) * 2]
    assert len(house.events.asked) == 4


async def test_what_was_missed_for_longer_than_the_events_api_reaches_is_taken_in_from_the_report(house: House) -> None:
    await house.has_an_hour()
    house.reports.told = [
        told("c-1", at=START, source=Source.REPORT),
        told("c-2", at=START + 5 * H, source=Source.REPORT),
    ]

    await house.beat(after=40 * H)

    appended = await house.deliver_all()
    assert [each.lane for each in appended] == ["conversation:c-2"]
    differences = [each for certificate in await house.certificates() for each in certificate.differences]
    assert (DifferenceKind.RECOVERED, "c-2", "report") in {(d.kind, d.conversation, d.reason) for d in differences}


async def test_an_api_that_does_not_reach_by_its_own_clock_is_replaced_by_the_report(house: House) -> None:
    await house.has_an_hour()
    house.events.failing[1] = OUT_OF_REACH
    house.reports.told = [told("c-1", at=START, source=Source.REPORT)]

    await house.beat(after=5 * H)

    assert (await house.certificates())[0].source is Source.REPORT


async def test_before_the_first_webhook_nothing_is_certified(house: House) -> None:
    house.events.events.append(conversation_event("CREATED", at=START))

    await house.beat(after=10 * H)

    assert await house.certificates() == []
    assert house.events.asked == []


async def test_what_a_backfill_brought_does_not_show_that_webhooks_come(house: House) -> None:
    brought = msgspec.structs.replace(taken_in(conversation_event("CREATED", at=START)), source=Source.REPORT)
    await house.store.append(brought)
    await house.hears(conversation_event("CLOSED", at=START + 90 * M))

    await house.beat(after=5 * H)

    assert (await house.certificates())[0].span.start == START + 2 * H


async def test_an_enabled_webhook_is_enough_where_nothing_happens(house: House) -> None:
    house.feeds.noted = Feed(organization=SHOP, whole_until=START)
    await house.beat(after=2 * M)

    await house.beat(after=4 * H)

    assert (await house.certificate()).standing is Standing.COMPLETE


async def test_a_dead_letter_keeps_its_hour_incomplete_until_somebody_has_it_delivered(house: House) -> None:
    await house.happens(
        conversation_event("CREATED", "c-1", at=START), conversation_event("CREATED", "c-2", at=START + H)
    )
    await house.park_all()
    await house.beat(after=H + SOON)
    await house.beat(after=30 * M)

    assert [(each.hours, each.kinds) for each in house.observer.of(HoursIncomplete)] == [(1, (DifferenceKind.PARKED,))]
    assert (await house.certificates())[0].differences[0].reason == "no_user"


async def test_how_it_stands_is_told_when_it_changes_only(house: House) -> None:
    await house.has_an_hour()
    house.events.events.append(conversation_event("CLOSED", "c-2", at=START + 40 * M))
    await house.beat(after=H + SOON)
    await house.deliver_all()
    for _ in range(3):
        await house.beat(after=10 * S)

    standings = [(each.complete_until, each.waiting) for each in house.observer.of(Completeness)]
    assert standings[-2:] == [(None, 1), (START + H, 0)]
    assert house.observer.of(HoursIncomplete) == house.observer.of(HoursComplete) == []


async def test_a_gladly_out_of_order_is_asked_again_and_told_of_once_it_lasts(house: House) -> None:
    await house.has_an_hour()
    house.events.failure = OUT_OF_ORDER
    for _ in range(20):
        await house.beat(after=30 * M)
    house.events.failure = None
    await house.beat(after=30 * M)

    (failed,) = house.observer.of(CertifyingFailed)
    assert (failed.since, failed.detail) == (START, OUT_OF_ORDER.detail)
    assert house.observer.of(CertifyingResumed) == [CertifyingResumed(SHOP)]
    assert (await house.certificates())[0].standing is Standing.COMPLETE


async def test_a_short_trouble_calls_nobody(house: House) -> None:
    await house.has_an_hour()
    house.events.failing[1] = OUT_OF_ORDER
    await house.beat(after=10 * H)
    await house.beat(after=20 * M)

    assert house.observer.of(CertifyingFailed) == []
    assert len(await house.certificates()) == 9


async def test_since_when_webhooks_come_is_known_after_a_restart(house: House) -> None:
    await house.has_an_hour()
    await house.beat(after=H + SOON)

    house.begin()
    await house.beat(after=40 * H)

    assert (await house.certificates())[1].span.start == START + H


@pytest.mark.parametrize("moment", [START, START + H - timedelta(milliseconds=1)])
async def test_events_on_the_edges_of_an_hour_are_counted_in_it(house: House, moment: datetime) -> None:
    await house.has_an_hour()
    await house.happens(conversation_event("CREATED", "c-edge", at=moment))
    await house.deliver_all()

    await house.beat(after=3 * H + SOON)

    counted = [each.at_gladly for each in await house.certificates()]
    assert (counted[0], sum(counted)) == (3, 4)


async def test_a_journal_in_trouble_is_told_and_tried_again(house: House) -> None:
    await house.has_an_hour()
    house.events.events.append(conversation_event("CLOSED", "c-2", at=START + 40 * M))
    house.journal.troubles["append"] = 1
    house.clock.advance((H + SOON).total_seconds())
    resting = house.reconciler.beat()
    task = asyncio.ensure_future(resting)
    await house.clock.asleep()
    house.clock.advance(60)
    await task

    await house.beat(after=2 * M)

    assert len(house.observer.of(JournalTrouble)) == 1
    assert (await house.certificate()).standing is Standing.WAITING


async def test_a_damaged_journal_is_an_end(house: House) -> None:
    house.feeds.damage = JournalDamagedError("the journal is damaged", hint="")
    house.clock.advance(120)

    with pytest.raises(JournalDamagedError):
        await house.reconciler.beat()
