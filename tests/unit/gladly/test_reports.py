"""Gladly's reports of conversation timestamps: asked for within their limit, and read as they come."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from gladly_segment.core.failures import FailureKind
from gladly_segment.core.past import PastOccurrence, Told, Unreadable
from gladly_segment.core.signals import GladlyCalled
from gladly_segment.gladly import GladlyPastEvents, GladlyReports
from tests.support.clock import ManualClock
from tests.support.observer import RecordingObserver
from tests.unit.gladly.conftest import SHOP
from tests.unit.gladly.lists import (
    LITTLE_BYTES,
    NewRequests,
    all_of,
    drop_all,
    failing,
    long_answer,
    most_held,
    past_requests,
)
from tests.unit.gladly.report_text import csv, occurrence, row
from tests.unit.transport.servers import ScriptedServer, answer

FIRST, LAST = date(2026, 2, 1), date(2026, 2, 7)
REPORTS_PER_MINUTE = 8
FULL = 99_000


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def new_requests(clock: ManualClock, observer: RecordingObserver) -> AsyncIterator[NewRequests]:
    async with past_requests(clock, observer) as build:
        yield build


@pytest.fixture
def reports(host: ScriptedServer, new_requests: NewRequests, clock: ManualClock) -> GladlyReports:
    return GladlyReports(new_requests(host.url), clock)


async def read(reports: GladlyReports, first: date = FIRST, last: date = LAST) -> list[Told]:
    return await all_of(reports.read(first, last))


async def test_the_report_is_asked_for_by_day_and_in_utc(
    host: ScriptedServer, reports: GladlyReports, observer: RecordingObserver
) -> None:
    host.answer = answer(body=csv())

    assert await read(reports) == []

    head, _, body = host.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /api/v1/reports HTTP/1.1\r\n")
    assert msgspec.json.decode(body) == {
        "metricSet": "ConversationTimestampsReport",
        "startAt": "2026-02-01",
        "endAt": "2026-02-07",
        "timezone": "UTC",
    }
    (called,) = observer.of(GladlyCalled)
    assert (called.organization, called.resource, called.status) == (SHOP, "reports", 200)


async def test_a_report_whose_connection_breaks_off_is_a_failure_and_what_was_given_stands(
    host: ScriptedServer, reports: GladlyReports
) -> None:
    host.answer = answer(body=csv(row(), row(conversation="c-2")))[:-8]

    failed = await failing(reports.read(FIRST, LAST))

    assert (failed.given, failed.error.failure.kind) == ([occurrence()], FailureKind.UNREACHABLE)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, FailureKind.REFUSED),
        (403, FailureKind.UNAUTHORIZED),
        (429, FailureKind.THROTTLED),
        (503, FailureKind.UNAVAILABLE),
    ],
)
async def test_an_unwilling_answer_is_a_failure(
    host: ScriptedServer, reports: GladlyReports, status: int, kind: FailureKind
) -> None:
    host.answer = answer(status, b"{}\n", Retry_After="7")

    failed = await failing(reports.read(FIRST, LAST))

    assert (failed.given, failed.error.failure.kind, failed.error.failure.retry_after_s) == ([], kind, 7.0)


async def test_a_report_that_may_lack_rows_is_read_again_in_halves(
    host: ScriptedServer, reports: GladlyReports
) -> None:
    host.answer = answer(body=csv(row(), *[row(event="CONVERSATION/REOPENED")] * (FULL - 1)))

    told = await read(reports, FIRST, FIRST + timedelta(days=2))

    asked: list[Any] = [msgspec.json.decode(request.partition(b"\r\n\r\n")[2]) for request in host.requests]
    assert [(each["startAt"], each["endAt"]) for each in asked] == [
        ("2026-02-01", "2026-02-03"),
        ("2026-02-01", "2026-02-02"),
        ("2026-02-01", "2026-02-01"),
        ("2026-02-02", "2026-02-02"),
        ("2026-02-03", "2026-02-03"),
    ]
    assert [each for each in told if isinstance(each, PastOccurrence)] == [occurrence()] * 5
    assert [each.why for each in told if isinstance(each, Unreadable)] == [
        f"the report of 2026-02-0{day} ends after {FULL} rows: there may be more" for day in (1, 2, 3)
    ]


async def test_a_report_that_is_not_full_is_read_once(host: ScriptedServer, reports: GladlyReports) -> None:
    host.answer = answer(body=csv(*[row(event="CONVERSATION/REOPENED")] * (FULL - 1)))

    assert await read(reports) == []
    assert len(host.requests) == 1


async def test_a_large_report_is_not_held(new_requests: NewRequests, clock: ManualClock) -> None:
    piece = "".join(f"{row(conversation=f'c-{number}')}\n" for number in range(200)).encode()
    async with long_answer(piece, times=300, head=csv()) as url:
        requests = new_requests(url)

        told = await most_held(drop_all(GladlyReports(requests, clock).read(FIRST, FIRST)))
        everything = await most_held(all_of(GladlyPastEvents(requests).read(clock.now(), clock.now())))

    assert told < LITTLE_BYTES < everything


async def test_a_report_may_take_longer_than_other_requests_may(
    host: ScriptedServer, clock: ManualClock, observer: RecordingObserver
) -> None:
    host.answer = answer(body=csv(*[row(event="CONVERSATION/REOPENED")] * 20_000, row()))

    async with past_requests(clock, observer, total_s=0.001) as build:
        assert await read(GladlyReports(build(host.url), clock)) == [occurrence()]


async def test_reports_are_read_one_at_a_time(host: ScriptedServer, reports: GladlyReports) -> None:
    host.answer = answer(body=csv(row()))
    host.answering.clear()
    both = [asyncio.create_task(read(reports)) for _ in range(2)]
    await host.asked(1)
    for _ in range(20):
        await asyncio.sleep(0)
    meanwhile = len(host.requests)

    host.answering.set()

    assert await asyncio.gather(*both) == [[occurrence()]] * 2
    assert (meanwhile, len(host.requests)) == (1, 2)


async def test_no_minute_holds_more_than_eight_reports_also_when_some_fail(
    host: ScriptedServer, reports: GladlyReports, clock: ManualClock
) -> None:
    host.answer = answer(body=csv())
    await read(reports)
    clock.advance(10.0)
    host.answer = answer(503)
    for _ in range(REPORTS_PER_MINUTE - 1):
        await failing(reports.read(FIRST, LAST))

    waiting = asyncio.create_task(failing(reports.read(FIRST, LAST)))
    await clock.asleep()
    assert clock.next_waking_s == 50.0
    clock.advance(50.0)
    await waiting
    another = asyncio.create_task(failing(reports.read(FIRST, LAST)))
    await clock.asleep()

    assert clock.next_waking_s == 10.0
    clock.advance(10.0)
    await another
    assert len(host.requests) == REPORTS_PER_MINUTE + 2


class Diary:
    """The diary of reports in memory, as several processes of an organization share it."""

    def __init__(self) -> None:
        self.moments: list[datetime] = []

    async def asked(self, since: datetime) -> list[datetime]:
        return [each for each in self.moments if each >= since]

    async def note(self, at: datetime) -> None:
        self.moments.append(at)


async def test_reports_that_another_process_asked_for_count_as_well(
    host: ScriptedServer, new_requests: NewRequests, clock: ManualClock
) -> None:
    host.answer = answer(body=csv())
    diary = Diary()
    for _ in range(REPORTS_PER_MINUTE - 1):
        await diary.note(clock.now())
        clock.advance(1.0)
    reports = GladlyReports(new_requests(host.url), clock, diary)
    await read(reports)

    waiting = asyncio.create_task(read(GladlyReports(new_requests(host.url), clock, diary)))
    await clock.asleep()

    # One more second is for the way: Gladly counts a report when it is there.
    assert clock.next_waking_s == 60.0 - (REPORTS_PER_MINUTE - 1) + 1.0
    clock.advance(clock.next_waking_s)
    await waiting
    assert len(host.requests) == 2
    assert diary.moments[-1] == clock.now()


async def test_a_report_is_noted_before_it_is_asked_for(
    host: ScriptedServer, new_requests: NewRequests, clock: ManualClock
) -> None:
    diary = Diary()
    host.answering.clear()
    reading = asyncio.create_task(read(GladlyReports(new_requests(host.url), clock, diary)))
    await host.asked(1)

    assert diary.moments == [clock.now()]
    host.answer = answer(body=csv())
    host.answering.set()
    await reading


async def test_a_reader_who_stops_in_the_middle_makes_way_for_the_next(
    host: ScriptedServer, reports: GladlyReports
) -> None:
    host.answer = answer(body=csv(row(), row(conversation="c-2")))
    told = reports.read(FIRST, LAST)
    assert await anext(told) == occurrence()

    await told.aclose()

    assert await read(reports) == [occurrence(), occurrence("c-2")]
