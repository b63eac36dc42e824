"""Gladly's exports: which of them can be read, and what their timeline items tell."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import FailureKind
from gladly_segment.core.ids import ConversationId, CustomerId
from gladly_segment.core.moments import format_moment
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.past import PastOccurrence, Span, Unreadable
from gladly_segment.core.records import Source
from gladly_segment.gladly import GladlyExports, GladlyPastEvents
from gladly_segment.ports.past import ExportJob
from tests.support.clock import START, ManualClock
from tests.support.observer import RecordingObserver
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
from tests.unit.transport.servers import ScriptedServer, answer

DAY = timedelta(days=1)
JOB = ExportJob(id="j-1", span=Span(START - 2 * DAY, START - DAY), updated_at=START)
CANARY = "canary-7d20"
AT = "2026-02-03T09:00:00.123Z"


@pytest.fixture
async def new_requests(observer: RecordingObserver) -> AsyncIterator[NewRequests]:
    async with past_requests(ManualClock(), observer) as build:
        yield build


@pytest.fixture
def exports(host: ScriptedServer, new_requests: NewRequests) -> GladlyExports:
    return GladlyExports(new_requests(host.url), ManualClock())


def job(**changes: Any) -> dict[str, Any]:
    """A job that can be read: of the day before yesterday, and completed now."""
    return {
        "id": "j-1",
        "scheduleId": "s-1",
        "status": "COMPLETED",
        "updatedAt": format_moment(START),
        "parameters": {
            "type": "between_timestamps",
            "startAt": format_moment(START - 2 * DAY),
            "endAt": format_moment(START - DAY),
        },
        "files": ["agents.jsonl", "conversation_items.jsonl", "customers.jsonl", "topics.jsonl"],
        **changes,
    }


def parameters(start: str, end: str) -> dict[str, Any]:
    return {"parameters": {"startAt": start, "endAt": end}}


def item(conversation: str = "c-1", time: str = AT, customer: str = "u-1", **content: Any) -> dict[str, Any]:
    return {
        "id": "i-1",
        "customerId": customer,
        "conversationId": conversation,
        "timestamp": time,
        "initiator": {"id": "a-1", "type": "AGENT"},
        "content": content or {"type": "EMAIL", "subject": CANARY, "status": {"sent": [True]}},
    }


def closing(conversation: str = "c-1", time: str = AT, customer: str = "u-1") -> dict[str, Any]:
    return item(conversation, time, customer, type="CONVERSATION_STATUS_CHANGE", status="CLOSED")


def lines(*items: dict[str, Any]) -> bytes:
    return b"".join(msgspec.json.encode(each) + b"\n" for each in items)


def closed(conversation: str = "c-1", told: str = AT, customer: str | None = "u-1") -> PastOccurrence:
    return PastOccurrence(
        kind=EventKind.CLOSED,
        conversation=ConversationId(conversation),
        customer=None if customer is None else CustomerId(customer),
        at=datetime.fromisoformat(told),
        told=told,
        source=Source.EXPORT,
    )


def existed(conversation: str = "c-1", told: str = AT, customer: str | None = "u-1") -> PastOccurrence:
    seen = closed(conversation, told, customer)
    return msgspec.structs.replace(seen, kind=EventKind.CREATED, certain=False)


async def test_completed_jobs_are_told_with_their_span(host: ScriptedServer, exports: GladlyExports) -> None:
    host.answer = answer(body=msgspec.json.encode([job(), job(id="j-2", **parameters("2026-02-01", "2026-02-02"))]))

    jobs = await exports.jobs()

    assert jobs == [
        JOB,
        ExportJob(
            id="j-2",
            span=Span(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC)),
            updated_at=START,
        ),
    ]
    assert host.requests[0].startswith(b"GET /api/v1/export/jobs HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "unusable",
    [
        job(status="IN_PROGRESS"),
        job(status="FAILED"),
        job(files=["agents.jsonl"]),
        job(files=[]),
        job(
            updatedAt=format_moment(START - 14 * DAY),
            **parameters(format_moment(START - 16 * DAY), format_moment(START - 15 * DAY)),
        ),
        job(updatedAt="yesterday"),
        job(**parameters("then", format_moment(START))),
        job(**parameters(format_moment(START), "now")),
        job(**parameters(format_moment(START - DAY), format_moment(START - DAY))),
        job(parameters=None),
        job(parameters={"type": "everything"}),
        {"id": "j-1"},
        "j-1",
        None,
    ],
)
async def test_a_job_that_cannot_be_read_is_left_out(
    host: ScriptedServer, exports: GladlyExports, unusable: object
) -> None:
    host.answer = answer(body=msgspec.json.encode([unusable, job()]))

    assert await exports.jobs() == [JOB]


async def test_a_job_is_not_told_to_know_what_happened_just_before_it_ended(
    host: ScriptedServer, exports: GladlyExports
) -> None:
    just_now = parameters(format_moment(START - DAY), format_moment(START + DAY))
    host.answer = answer(body=msgspec.json.encode([job(**just_now)]))

    (told,) = await exports.jobs()

    assert told.span == Span(START - DAY, START - timedelta(hours=1))


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (403, b"{}", FailureKind.UNAUTHORIZED),
        (404, b'{"errors":[{"code":"not_exist"}]}', FailureKind.MISDIRECTED),
        (503, b"{}", FailureKind.UNAVAILABLE),
        (200, b'{"jobs":[]}', FailureKind.MALFORMED),
    ],
)
async def test_a_list_of_jobs_that_is_refused_is_a_failure(
    host: ScriptedServer, exports: GladlyExports, status: int, body: bytes, kind: FailureKind
) -> None:
    host.answer = answer(status, body)

    with pytest.raises(CallFailedError) as error:
        await exports.jobs()

    assert error.value.failure.kind is kind


async def test_every_closing_is_told_and_each_conversation_once_as_created_at_an_unknown_time(
    host: ScriptedServer, exports: GladlyExports
) -> None:
    earlier, later = "2026-02-01T09:00:00Z", "2026-02-05T09:00:00.5Z"
    host.answer = answer(
        body=lines(
            closing(),
            item("c-2", later),
            item("c-2", earlier, customer="u-2"),
            item(type="CONVERSATION_STATUS_CHANGE", status="OPEN"),
            closing(time=later),
            item("c-2", AT),
        )
    )

    told = await all_of(exports.read(JOB))

    assert told == [closed(), closed(told=later), existed(), existed("c-2", earlier, "u-2")]
    assert host.requests[0].startswith(b"GET /api/v1/export/jobs/j-1/files/conversation_items.jsonl HTTP/1.1\r\n")


async def test_what_is_of_no_conversation_is_passed_over(host: ScriptedServer, exports: GladlyExports) -> None:
    activity = {"id": "i-1", "customerId": "u-1", "timestamp": AT, "content": {"type": "CUSTOMER_ACTIVITY"}}
    host.answer = answer(body=lines(activity, {**activity, "conversationId": ""}, {}, {"conversationId": None}))

    assert await all_of(exports.read(JOB)) == []


async def test_an_item_may_lack_its_customer_and_its_content(host: ScriptedServer, exports: GladlyExports) -> None:
    host.answer = answer(body=lines({"conversationId": "c-1", "timestamp": AT}))

    assert await all_of(exports.read(JOB)) == [existed(customer=None)]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"conversationId":"canary-7d20"}', "it has no time that can be read"),
        (msgspec.json.encode(item(time=CANARY)), "it has no time that can be read"),
        (b'{"conversationId":5}', "it is no item that can be read"),
        (b"canary-7d20", "it is no item that can be read"),
        (b"[" * 10_000, "it is no item that can be read"),
    ],
)
async def test_a_line_that_cannot_be_read_is_told_without_its_content_and_hides_no_other(
    host: ScriptedServer, exports: GladlyExports, line: bytes, why: str
) -> None:
    host.answer = answer(body=b"\n" + lines(closing()) + line + b"\n" + lines(closing("c-2")))

    told = await all_of(exports.read(JOB))

    assert told == [closed(), Unreadable(3, why), closed("c-2"), existed(), existed("c-2")]
    assert CANARY not in why


async def test_text_that_is_none_hides_nothing(host: ScriptedServer, exports: GladlyExports) -> None:
    host.answer = answer(body=lines(closing()).replace(b'"AGENT"', b'"\xff\\ud800"'))

    assert await all_of(exports.read(JOB)) == [closed(), existed()]


async def test_a_message_may_be_long(host: ScriptedServer, exports: GladlyExports) -> None:
    host.answer = answer(body=lines(item(type="EMAIL", content="x" * 5_000_000), closing("c-2")))

    assert await all_of(exports.read(JOB)) == [closed("c-2"), existed(), existed("c-2")]


async def test_a_file_may_take_longer_than_other_requests_may(
    host: ScriptedServer, observer: RecordingObserver
) -> None:
    host.answer = answer(body=lines(*[item()] * 10_000))

    async with past_requests(ManualClock(), observer, total_s=0.001) as build:
        assert await all_of(GladlyExports(build(host.url), ManualClock()).read(JOB)) == [existed()]


async def test_a_file_that_breaks_off_is_a_failure_and_what_was_given_stands(
    host: ScriptedServer, exports: GladlyExports
) -> None:
    host.answer = answer(body=lines(closing(), closing("c-2")))[:-8]

    failed = await failing(exports.read(JOB))

    assert (failed.given, failed.error.failure.kind) == ([closed()], FailureKind.UNREACHABLE)


async def test_a_file_that_ends_amid_an_item_is_a_failure(host: ScriptedServer, exports: GladlyExports) -> None:
    host.answer = answer(body=lines(closing(), closing("c-2"))[:-8])

    failed = await failing(exports.read(JOB))

    assert (failed.given, failed.error.failure.kind) == ([closed()], FailureKind.MALFORMED)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, FailureKind.REFUSED), (403, FailureKind.UNAUTHORIZED), (429, FailureKind.THROTTLED)],
)
async def test_a_file_that_is_not_given_is_a_failure_and_one_that_is_not_kept_a_refusal(
    host: ScriptedServer, exports: GladlyExports, status: int, kind: FailureKind
) -> None:
    host.answer = answer(status, Retry_After="7")

    failed = await failing(exports.read(JOB))

    assert (failed.given, failed.error.failure.kind, failed.error.failure.status) == ([], kind, status)


async def test_of_a_large_file_only_its_conversations_are_held(new_requests: NewRequests) -> None:
    piece = lines(*(item(f"c-{number}") for number in range(100)), closing())
    async with long_answer(piece, times=300) as url:
        requests = new_requests(url)

        told = await most_held(drop_all(GladlyExports(requests, ManualClock()).read(JOB)))
        everything = await most_held(all_of(GladlyPastEvents(requests).read(START - DAY, START)))

    assert told < LITTLE_BYTES < everything
