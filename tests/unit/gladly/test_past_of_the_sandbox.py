"""The past as the sandbox tells it: the same occurrences in every list, and read with the fewest requests."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from gladly_segment.core.entities import Conversation, CustomerProfile
from gladly_segment.core.failures import FailureKind
from gladly_segment.core.ids import ConversationId
from gladly_segment.core.moments import parse_moment
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.past import ConversationMerged, PastOccurrence, Told
from gladly_segment.gladly import Directory, GladlyClient, GladlyExports, GladlyReports, PastEntities
from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.service.clock import SystemClock
from tests.support.observer import RecordingObserver
from tests.unit.gladly.conftest import UNLIMITED_PER_S, Shop, StartShop
from tests.unit.gladly.lists import NewRequests, all_of, failing, past_requests

START, END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 2, 1, tzinfo=UTC)
FIRST, LAST = date(2024, 1, 1), date(2024, 1, 31)
PAST = {
    "since": "2024-01-01T00:00:00Z",
    "until": "2024-02-01T00:00:00Z",
    "conversations": 120,
    "customers": 40,
    "reopened": 0.3,
    "unclosed": 0.2,
    "merged": 0,
    "deleted": 0,
}

Happened = tuple[EventKind, str, datetime | None]


@pytest.fixture
async def new_requests(observer: RecordingObserver) -> AsyncIterator[NewRequests]:
    async with past_requests(SystemClock(), observer) as build:
        yield build


@pytest.fixture
async def old_shop(start_shop: StartShop) -> Shop:
    shop = await start_shop(GladlyOptions(rate_limit_per_s=UNLIMITED_PER_S, report_lag_s=0))
    await shop.have_a_past(**PAST)
    return shop


async def happened(shop: Shop) -> list[Happened]:
    """All that happened, as the sandbox's ledger has it."""
    ledger: Any = await shop.ledger()
    return sorted(
        (EventKind(each["kind"].lower()), each["conversationId"], parse_moment(each["at"]))
        for each in ledger["occurrences"]
    )


def occurrences(told: Iterable[Told]) -> list[PastOccurrence]:
    return [each for each in told if isinstance(each, PastOccurrence)]


def as_happened(told: Iterable[PastOccurrence]) -> list[Happened]:
    return sorted((each.kind, str(each.conversation), each.at) for each in told)


async def test_a_report_tells_all_that_happened(old_shop: Shop, new_requests: NewRequests) -> None:
    told = await all_of(GladlyReports(new_requests(old_shop.url), SystemClock()).read(FIRST, LAST))

    assert as_happened(occurrences(told)) == await happened(old_shop)
    assert len(occurrences(told)) == len(told) > 200


async def test_reports_of_parts_of_a_span_tell_everything_once(old_shop: Shop, new_requests: NewRequests) -> None:
    reports = GladlyReports(new_requests(old_shop.url), SystemClock())
    parts = [(FIRST, date(2024, 1, 9)), (date(2024, 1, 10), date(2024, 1, 10)), (date(2024, 1, 11), LAST)]

    told = [each for first, last in parts for each in await all_of(reports.read(first, last))]

    assert as_happened(occurrences(told)) == await happened(old_shop)


async def test_an_export_tells_every_closing_and_every_conversation(old_shop: Shop, new_requests: NewRequests) -> None:
    await old_shop.run_an_export(START, END)
    exports = GladlyExports(new_requests(old_shop.url), SystemClock())
    (job,) = await exports.jobs()

    told = occurrences(await all_of(exports.read(job)))

    known = await happened(old_shop)
    assert (job.span.start, job.span.end) == (START, END)
    assert as_happened(each for each in told if each.certain) == [each for each in known if each[0] is EventKind.CLOSED]
    assert {each.conversation for each in told if not each.certain} == {conversation for _, conversation, _ in known}


async def test_a_merge_of_two_open_conversations_is_told_in_the_report(
    old_shop: Shop, new_requests: NewRequests
) -> None:
    ann, bea = [await old_shop.create_customer({"name": name}) for name in ("Ann", "Bea")]
    vanishing, remaining = await old_shop.open(ann), await old_shop.open(bea)
    await old_shop.merge(ann, bea)
    today = datetime.fromtimestamp(time.time(), UTC).date()

    told = await all_of(GladlyReports(new_requests(old_shop.url), SystemClock()).read(today - timedelta(days=1), today))

    (merged,) = [each for each in told if isinstance(each, ConversationMerged)]
    assert (merged.conversation, merged.into) == (ConversationId(vanishing), ConversationId(remaining))


async def test_more_reports_than_gladly_permits_are_refused_and_can_be_asked_for_again(
    start_shop: StartShop, new_requests: NewRequests
) -> None:
    shop = await start_shop(GladlyOptions(rate_limit_per_s=UNLIMITED_PER_S, reports_per_min=1))
    reports = GladlyReports(new_requests(shop.url), SystemClock())

    assert await all_of(reports.read(FIRST, LAST)) == []
    failed = await failing(reports.read(FIRST, LAST))

    assert failed.error.failure.kind is FailureKind.THROTTLED


async def test_many_reports_at_once_are_never_refused(old_shop: Shop, new_requests: NewRequests) -> None:
    reports = GladlyReports(new_requests(old_shop.url), SystemClock())

    told = await asyncio.gather(*(all_of(reports.read(FIRST, LAST)) for _ in range(6)))

    assert [len(each) for each in told] == [len(told[0])] * 6
    assert {status for _, status in await old_shop.asked()} == {200}


async def test_all_that_happened_to_a_customer_is_enriched_in_two_requests(
    old_shop: Shop, new_requests: NewRequests
) -> None:
    requests, clock = new_requests(old_shop.url), SystemClock()
    told = occurrences(await all_of(GladlyReports(requests, clock).read(FIRST, LAST)))
    client = GladlyClient(requests)
    past = PastEntities(client, Directory(client, clock), clock)

    async def enrich(occurrence: PastOccurrence) -> None:
        conversation = (await past.conversation(occurrence.conversation, of=occurrence.customer)).value
        assert isinstance(conversation, Conversation)
        assert isinstance((await past.customer(conversation.customer_id)).value, CustomerProfile)

    await asyncio.gather(*(enrich(each) for each in told))

    customers = {each.customer for each in told}
    assert len(await old_shop.asked()) == 1 + 2 * len(customers)
    assert len(told) > 5 * len(customers)
