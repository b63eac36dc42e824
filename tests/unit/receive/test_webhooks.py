"""From a webhook to a durable receipt: what is recorded, what is answered, and when."""

import asyncio
import gzip
import tracemalloc
from typing import Any

import msgspec
import pytest

from gladly_segment.core.records import Appended
from gladly_segment.core.signals import JournalTrouble, ReceiptAppended, WebhookAnswered
from tests.support.clock import START
from tests.support.journals import counts
from tests.support.observer import RecordingObserver
from tests.unit.receive.conftest import CLOSED, OTHER_SHOP, SHOP, Reception

KIB = 1024
LIMIT_BYTES = 256 * KIB


def event(event_type: str, **more: Any) -> bytes:
    return msgspec.json.encode({"id": "e-1", "type": event_type, "timestamp": "2026-03-01T12:00:00Z", **more})


def padded(size: int) -> bytes:
    """An event of exactly so many bytes."""
    head, tail = b'{"type":"TASK/CREATED","id":"', b'"}'
    return head + b"x" * (size - len(head) - len(tail)) + tail


async def chunks(body: bytes) -> Any:
    for start in range(0, len(body), 10_000):
        yield body[start : start + 10_000]


async def test_an_event_is_recorded_with_its_very_bytes(reception: Reception) -> None:
    answer = await reception.post(CLOSED)

    assert (answer.status, answer.json) == (200, {"status": "new"})
    (entry,) = await reception.received()
    assert entry.body == CLOSED
    assert entry.received_at == START
    assert (entry.organization, entry.event_type, entry.lane) == (SHOP, "CONVERSATION/CLOSED", "conversation:c-1")


async def test_a_ping_is_answered_and_nothing_is_recorded(reception: Reception) -> None:
    answer = await reception.post(event("PING", content={}))

    assert (answer.status, answer.json) == (200, {"status": "pong"})
    assert await counts(reception.journal) == {}


@pytest.mark.parametrize(
    "event_type",
    ["CONVERSATION/REOPENED", "CONVERSATION/TOPIC_ADDED", "EXPORT_JOB/COMPLETED", "NEVER/HEARD_OF", "", "🛍"],
)
async def test_an_event_of_another_type_is_recorded_as_ignored(reception: Reception, event_type: str) -> None:
    answer = await reception.post(event(event_type, content={"anything": [1, 2]}))

    assert answer.status == 200
    assert await counts(reception.journal) == {"ignored/type_not_mapped": 1}


@pytest.mark.parametrize("content", [None, {}, {"conversationId": ""}, {"conversationId": None}, [], "text"])
async def test_an_event_that_names_no_conversation_is_a_dead_letter_and_not_refused(
    reception: Reception, content: Any
) -> None:
    answer = await reception.post(event("CONVERSATION/CLOSED", content=content))

    assert answer.status == 200
    assert await counts(reception.journal) == {"parked/event_incomplete": 1}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"}",
        b"PING",
        b'{"type":"PING"',
        b'{"type":"PING"}}',
        b"{'type':'PING'}",
        b'{"type":"\xff"}',
        b'{"content":5,"type":"\xff"}',
        b'\xef\xbb\xbf{"type":"PING"}',
        b'{"type":"X","content":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        gzip.compress(b'{"type":"PING"}', mtime=0),
    ],
)
async def test_what_is_not_json_is_refused(reception: Reception, body: bytes) -> None:
    answer = await reception.post(body)

    assert (answer.status, answer.code) == (400, "malformed_json")
    assert await counts(reception.journal) == {}


@pytest.mark.parametrize(
    "body", [b"null", b"[]", b'"PING"', b"5", b"{}", b'{"type":null}', b'{"type":["PING"]}', b'{"Type":"PING"}']
)
async def test_json_that_is_no_event_is_refused(reception: Reception, body: bytes) -> None:
    answer = await reception.post(body)

    assert (answer.status, answer.code) == (400, "no_event_type")
    assert answer.json["error"].keys() == {"code", "message", "hint"}
    assert await counts(reception.journal) == {}


async def test_an_event_that_comes_again_is_acknowledged_again_and_recorded_once(
    reception: Reception, observer: RecordingObserver
) -> None:
    answers = [await reception.post(CLOSED) for _ in range(3)]

    assert [(each.status, each.json["status"]) for each in answers] == [
        (200, "new"),
        (200, "duplicate"),
        (200, "duplicate"),
    ]
    assert await counts(reception.journal) == {"received": 1}
    assert [each.disposition for each in observer.of(ReceiptAppended)] == [
        Appended.NEW,
        Appended.DUPLICATE,
        Appended.DUPLICATE,
    ]


async def test_an_event_that_comes_many_times_at_once_is_recorded_once(reception: Reception) -> None:
    answers = await asyncio.gather(*(reception.post(CLOSED) for _ in range(20)))

    assert sorted(each.json["status"] for each in answers) == ["duplicate"] * 19 + ["new"]
    assert await counts(reception.journal) == {"received": 1}


async def test_a_second_closing_of_a_conversation_is_another_event(reception: Reception) -> None:
    second = CLOSED.replace(b"11:59:59", b"11:59:58").replace(b"e-1", b"e-2")

    assert [(await reception.post(body)).json["status"] for body in (CLOSED, second)] == ["new", "new"]
    assert len(await reception.received()) == 2


async def test_the_same_event_of_another_organization_is_another_event(reception: Reception) -> None:
    answers = [await reception.post(CLOSED, organization=each) for each in (SHOP, OTHER_SHOP)]

    assert [each.json["status"] for each in answers] == ["new", "new"]
    assert {each.organization: each.count for each in await reception.journal.tally()} == {SHOP: 1, OTHER_SHOP: 1}


async def test_a_body_of_exactly_the_limit_is_taken(reception: Reception) -> None:
    assert (await reception.post(padded(LIMIT_BYTES))).status == 200
    assert (await reception.post(chunks(padded(LIMIT_BYTES)))).json == {"status": "duplicate"}


@pytest.mark.parametrize("size", [LIMIT_BYTES + 1, 3 * LIMIT_BYTES])
async def test_a_body_above_the_limit_is_refused(reception: Reception, size: int) -> None:
    answers = [await reception.post(padded(size)), await reception.post(chunks(padded(size)))]

    assert [(each.status, each.code) for each in answers] == [(413, "body_too_large")] * 2
    assert await counts(reception.journal) == {}


async def test_a_compressed_body_is_measured_as_what_comes_out(reception: Reception) -> None:
    small, bomb = gzip.compress(CLOSED), gzip.compress(b" " * 100 * LIMIT_BYTES, mtime=0)

    answers = [await reception.post(body, headers={"Content-Encoding": "gzip"}) for body in (small, bomb)]

    assert [each.status for each in answers] == [200, 413]


async def test_of_a_compressed_body_never_more_is_unpacked_than_a_body_may_have(reception: Reception) -> None:
    bomb = gzip.compress(b" " * 100 * LIMIT_BYTES, mtime=0)

    tracemalloc.start()
    try:
        answer = await reception.post(bomb, headers={"Content-Encoding": "gzip"})
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert (answer.status, answer.code) == (413, "body_too_large")
    assert peak_bytes < 10 * LIMIT_BYTES


@pytest.mark.parametrize("coding", ["br", "rot13", "gzip, gzip", ""])
async def test_a_body_in_an_unknown_coding_is_refused(reception: Reception, coding: str) -> None:
    answer = await reception.post(gzip.compress(CLOSED), headers={"Content-Encoding": coding})

    assert (answer.status, answer.code) == (415, "unknown_coding")


async def test_a_body_in_an_encoding_that_it_is_not_in_is_refused(reception: Reception) -> None:
    answer = await reception.post(b"not gzip", headers={"Content-Encoding": "gzip"})

    assert (answer.status, answer.code) == (400, "bad_request")


async def test_nothing_is_acknowledged_before_it_is_durable(reception: Reception) -> None:
    reception.journal.durable.clear()
    posting = asyncio.create_task(reception.post(CLOSED))
    await reception.journal.appending.wait()
    # Another whole exchange on the same loop: had the first been answered, its answer would be here.
    await reception.ask("GET", "/healthz")
    assert not posting.done()

    reception.journal.durable.set()

    assert (await posting).status == 200


async def test_what_cannot_be_made_durable_is_not_acknowledged(
    reception: Reception, observer: RecordingObserver
) -> None:
    reception.journal.troubles["append"] = 1

    answers = [await reception.post(CLOSED), await reception.post(CLOSED)]

    assert (answers[0].status, answers[0].code) == (503, "not_durable")
    assert (answers[1].status, answers[1].json) == (200, {"status": "new"})
    assert len(observer.of(JournalTrouble)) == 1


async def test_a_ping_needs_no_journal(reception: Reception) -> None:
    reception.journal.troubles["append"] = 1

    assert (await reception.post(event("PING"))).status == 200


async def test_a_journal_that_takes_too_long_is_no_acknowledgement(
    reception: Reception, observer: RecordingObserver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gladly_segment.receive.webhook._DURABLE_WITHIN_S", 0.02)
    reception.journal.durable.clear()

    answer = await reception.post(CLOSED)

    assert (answer.status, answer.code) == (503, "not_durable")
    assert [each.detail for each in observer.of(JournalTrouble)] == ["the journal took too long"]


async def test_a_body_that_comes_too_slowly_is_given_up(reception: Reception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gladly_segment.receive.body._WITHIN_S", 0.02)
    never = asyncio.Event()

    async def dripping() -> Any:
        yield CLOSED[:10]
        await never.wait()

    answer = await reception.post(dripping())

    assert (answer.status, answer.code) == (408, "too_slow")
    assert await counts(reception.journal) == {}


async def test_every_webhook_is_told_of_with_its_answer(reception: Reception, observer: RecordingObserver) -> None:
    for body in (CLOSED, b"{", padded(LIMIT_BYTES + 1)):
        await reception.post(body)

    assert [(each.organization, each.status) for each in observer.of(WebhookAnswered)] == [
        ("shop", 200),
        ("shop", 400),
        ("shop", 413),
    ]
    (appended,) = observer.of(ReceiptAppended)
    assert (appended.event_type, appended.event_id) == ("CONVERSATION/CLOSED", "e-1")


TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        (TRACE, TRACE),
        ("", ""),
        (TRACE.upper(), ""),
        (TRACE + "-00", ""),
        (TRACE.replace("00-", "ff-", 1), ""),
        (TRACE[:-1], ""),
        ("00-" + "0" * 32 + "-b7ad6b7169203331-01", ""),
        ("00-0af7651916cd43dd8448eb211c80319c-" + "0" * 16 + "-01", ""),
        ("canary", ""),
    ],
)
async def test_the_senders_trace_is_told_if_it_is_one(
    reception: Reception, observer: RecordingObserver, sent: str, taken: str
) -> None:
    await reception.post(CLOSED, headers={"traceparent": sent})

    assert [each.traceparent for each in observer.of(ReceiptAppended)] == [taken]
