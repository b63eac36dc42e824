"""What the rows of a report of conversation timestamps tell."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest

from gladly_segment.core.failures import FailureKind
from gladly_segment.core.ids import ConversationId
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.past import ConversationMerged, Told, Unreadable
from gladly_segment.gladly import GladlyReports
from tests.support.clock import ManualClock
from tests.support.observer import RecordingObserver
from tests.unit.gladly.lists import (
    NewRequests,
    all_of,
    failing,
    past_requests,
)
from tests.unit.gladly.report_text import csv, occurrence, row
from tests.unit.transport.servers import ScriptedServer, answer

FIRST, LAST = date(2026, 2, 1), date(2026, 2, 7)
CANARY = "canary-7d20"


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


async def test_creations_and_closings_are_told_and_all_else_is_passed_over(
    host: ScriptedServer, reports: GladlyReports
) -> None:
    others = ["CONVERSATION/REOPENED", "CONVERSATION/TOPIC_ADDED", "NOTE/CREATED", "SOMETHING/NEW"]
    host.answer = answer(
        body=csv(
            row(),
            *(row(event=each, time="some day", conversation="") for each in others),
            row(event="CONVERSATION/CLOSED", conversation="c-2", customer=""),
        )
    )

    assert await read(reports) == [occurrence(), occurrence("c-2", EventKind.CLOSED, None)]


async def test_a_conversation_that_vanished_in_a_merge_is_told_with_the_one_that_remains(
    host: ScriptedServer, reports: GladlyReports
) -> None:
    merged, at = "CUSTOMER/MERGED", datetime(2026, 2, 3, 9, 0, 0, 123_000, UTC)
    host.answer = answer(
        body=csv(
            row("2026-02-03T09:00:00.123Z", merged, "c-2", "u-2", "", "u-1", "c-1"),
            row("2026-02-03T09:00:00.123Z", merged, "", "u-2", "", "u-1", "c-3"),
            row("2026-02-03T09:00:00.123Z", merged, "", "u-2", "", "u-1", ""),
            row("2026-02-03T09:00:00.123Z", merged, "c-2", "u-2", "", "u-1", ""),
        )
    )

    assert await read(reports) == [
        ConversationMerged(ConversationId("c-1"), ConversationId("c-2"), at),
        ConversationMerged(ConversationId("c-3"), None, at),
    ]


@pytest.mark.parametrize(
    ("time", "told", "at"),
    [
        ("2026-02-03T09:00:00Z", "2026-02-03T09:00:00Z", datetime(2026, 2, 3, 9, tzinfo=UTC)),
        (
            "2026-02-03T09:00:00.123456789Z",
            "2026-02-03T09:00:00.123456789Z",
            datetime(2026, 2, 3, 9, 0, 0, 123_000, UTC),
        ),
        ("2026-02-03T10:00:00+01:00", "2026-02-03T10:00:00+01:00", datetime(2026, 2, 3, 9, tzinfo=UTC)),
        ("2026-02-03 09:00:00", "2026-02-03T09:00:00Z", datetime(2026, 2, 3, 9, tzinfo=UTC)),
        ("2026-02-03 09:00:00.5", "2026-02-03T09:00:00.5Z", datetime(2026, 2, 3, 9, 0, 0, 500_000, UTC)),
        (" 2026-02-03T09:00:00 ", "2026-02-03T09:00:00Z", datetime(2026, 2, 3, 9, tzinfo=UTC)),
    ],
)
async def test_a_time_is_read_in_all_of_its_forms(
    host: ScriptedServer, reports: GladlyReports, time: str, told: str, at: datetime
) -> None:
    host.answer = answer(body=csv(row(time)))

    assert await read(reports) == [occurrence(told=told, at=at)]


@pytest.mark.parametrize(
    ("header", "line"),
    [
        (
            "TIMESTAMP,event type, Conversation  Id ,customer id",
            "2026-02-03T09:00:00.123Z, conversation/created ,c-1,u-1",
        ),
        (
            '"Customer ID","Conversation ID","Event Type","Timestamp"',
            "u-1,c-1,CONVERSATION/CREATED,2026-02-03T09:00:00.123Z",
        ),
        (
            "\ufeffTimestamp,Event Type,Conversation ID,Customer ID",
            "2026-02-03T09:00:00.123Z,CONVERSATION/CREATED,c-1,u-1",
        ),
        (
            "\n \nTimestamp,Event Type,Conversation ID,Customer ID",
            "2026-02-03T09:00:00.123Z,CONVERSATION/CREATED,c-1,u-1",
        ),
    ],
    ids=["capitals and spaces", "order and quotes", "byte order mark", "empty lines before it"],
)
async def test_columns_are_found_by_name(host: ScriptedServer, reports: GladlyReports, header: str, line: str) -> None:
    host.answer = answer(body=csv(line, header=header))

    assert await read(reports) == [occurrence()]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
async def test_quoted_fields_may_have_commas_quotes_and_line_breaks(
    host: ScriptedServer, reports: GladlyReports, end: str
) -> None:
    topic = f'"Returns, ""all""{end}of{end}{end}them"'
    host.answer = answer(
        body=csv(
            row("2026-02-03T09:00:00.123Z", "CONVERSATION/CREATED", "c-1", "u-1", topic, "", ""),
            row(event="CONVERSATION/CLOSED", time="some day"),
            end=end,
        )
    )

    assert await read(reports) == [occurrence(), Unreadable(6, "it has no time that can be read")]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (row(time=CANARY), "it has no time that can be read"),
        (row(time=""), "it has no time that can be read"),
        (row(conversation=" "), "it names no conversation"),
        (row(event="CUSTOMER/MERGED", time=CANARY), "it has no time that can be read"),
        (row(event=""), "it has no type of event"),
        (CANARY, "it has no type of event"),
        (f"{row()},{CANARY}", "it has more fields than the report has columns"),
        (row(conversation=f'"{CANARY * 20_000}"'), "its fields cannot be told apart"),
    ],
)
async def test_a_row_that_cannot_be_read_is_told_without_its_content_and_hides_no_other(
    host: ScriptedServer, reports: GladlyReports, line: str, why: str
) -> None:
    host.answer = answer(body=csv(row(), line, row(conversation="c-2")))

    told = await read(reports)

    assert told == [occurrence(), Unreadable(3, why), occurrence("c-2")]
    assert CANARY not in why


async def test_a_name_that_is_no_text_hides_nothing(host: ScriptedServer, reports: GladlyReports) -> None:
    host.answer = answer(body=csv(row(customer="u-1")).replace(b",,", b",\xff,"))

    assert await read(reports) == [occurrence()]


@pytest.mark.parametrize("body", [b"", b"\n", b"\r\n \r\n", csv()], ids=["empty", "line", "blank", "header"])
async def test_days_without_anything_are_empty(host: ScriptedServer, reports: GladlyReports, body: bytes) -> None:
    host.answer = answer(body=body)

    assert await read(reports) == []


@pytest.mark.parametrize(
    "body",
    [b"<html>\n<body>Later</body>\n</html>\n", b'[{"Timestamp":"x"}]', b"Timestamp,Event Type\n", b"\x00\xff\n"],
    ids=["page", "json", "column missing", "bytes"],
)
async def test_what_is_not_the_report_is_malformed(host: ScriptedServer, reports: GladlyReports, body: bytes) -> None:
    host.answer = answer(body=body)

    failed = await failing(reports.read(FIRST, LAST))

    assert (failed.given, failed.error.failure.kind) == ([], FailureKind.MALFORMED)


@pytest.mark.parametrize("last", ["UTC,2026-02-03T09:00:00.123Z,CONVERSATION/CREATED,c-2", '"UTC', "UTC,2026-02"])
async def test_a_report_that_ends_amid_a_row_is_a_failure(
    host: ScriptedServer, reports: GladlyReports, last: str
) -> None:
    host.answer = answer(body=csv(row()) + last.encode())

    failed = await failing(reports.read(FIRST, LAST))

    assert (failed.given, failed.error.failure.kind) == ([occurrence()], FailureKind.MALFORMED)


async def test_the_last_row_may_lack_its_line_end(host: ScriptedServer, reports: GladlyReports) -> None:
    host.answer = answer(body=csv(row())[:-1])

    assert await read(reports) == [occurrence()]


async def test_quotes_that_are_never_closed_are_not_held(host: ScriptedServer, reports: GladlyReports) -> None:
    host.answer = answer(body=csv(row(), '"' + "x\n" * 2_000_000))

    failed = await failing(reports.read(FIRST, LAST))

    assert (failed.given, failed.error.failure.kind) == ([occurrence()], FailureKind.MALFORMED)
    assert "does not end" in failed.error.failure.detail
