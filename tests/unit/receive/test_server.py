"""The server itself: probes, other addresses, broken HTTP, and its end."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest

from gladly_segment.core.errors import GladlySegmentError
from gladly_segment.journals.sqlite import SqliteJournal
from gladly_segment.mirrors import SqliteArrivals
from gladly_segment.receive import Doors, Receiver
from tests.support.clock import ManualClock
from tests.support.journals import counts
from tests.support.observer import RecordingObserver
from tests.unit.receive.conftest import CLOSED, LOGIN, Reception


async def test_it_says_that_it_is_alive(reception: Reception) -> None:
    reception.journal.troubles["probe"] = 1

    answer = await reception.ask("GET", "/healthz")

    assert (answer.status, answer.json) == (200, {"status": "alive"})


async def test_it_is_ready_while_the_journal_answers(reception: Reception) -> None:
    reception.journal.troubles["probe"] = 1

    answers = [await reception.ask("GET", "/readyz") for _ in range(2)]

    assert (answers[0].status, answers[0].code) == (503, "not_durable")
    assert (answers[1].status, answers[1].json) == (200, {"status": "ready"})


async def test_it_is_not_ready_while_the_journal_hangs(reception: Reception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gladly_segment.receive.app._READY_WITHIN_S", 0.02)
    never: Callable[[], Awaitable[Any]] = asyncio.Event().wait
    monkeypatch.setattr(reception.journal, "probe", never)

    assert (await reception.ask("GET", "/readyz")).status == 503


async def test_while_it_drains_it_is_not_ready_and_still_takes_webhooks(reception: Reception) -> None:
    reception.receiver.drain()

    answer = await reception.ask("GET", "/readyz")

    assert (answer.status, answer.code) == (503, "draining")
    assert (await reception.post(CLOSED)).json == {"status": "new"}
    assert (await reception.ask("GET", "/healthz")).status == 200


@pytest.mark.parametrize(
    "path", ["/", "/webhooks", "/webhooks/", "/webhooks/shop/", "/webhooks/shop/x", "/healthz/x", "//"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_an_unknown_address_is_answered_in_json(reception: Reception, method: str, path: str) -> None:
    answer = await reception.ask(method, path)

    assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/webhooks/shop", "POST"),
        ("PUT", "/webhooks/shop", "POST"),
        ("DELETE", "/webhooks/nowhere", "POST"),
        ("PROPFIND", "/webhooks/shop", "POST"),
        ("POST", "/healthz", "GET,HEAD"),
        ("POST", "/readyz", "GET,HEAD"),
    ],
)
async def test_a_wrong_method_is_answered_in_json_with_the_right_one(
    reception: Reception, method: str, path: str, allowed: str
) -> None:
    answer = await reception.ask(method, path)

    assert (answer.status, answer.code, answer.headers["Allow"]) == (405, "wrong_method", allowed)


BROKEN = {
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "no http": b"EHLO shop\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "no method": b"BREW /webhooks/shop HTTP/1.1\r\nHost: x\r\n\r\n",
    "unknown version": b"POST /webhooks/shop HTTP/7.3\r\nHost: x\r\n\r\n",
    "bad header": b"POST /webhooks/shop HTTP/1.1\r\nHost: x\r\nAuthorization: canary-header\x01\r\n\r\n",
    "long header": b"POST /webhooks/shop HTTP/1.1\r\nHost: x\r\nAuthorization: canary-" + b"x" * 100_000 + b"\r\n\r\n",
    "long path": b"POST /webhooks/" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "bad length": b"POST /webhooks/shop HTTP/1.1\r\nHost: x\r\n" + LOGIN + b"Content-Length: many\r\n\r\n",
    "negative length": b"POST /webhooks/shop HTTP/1.1\r\nHost: x\r\n" + LOGIN + b"Content-Length: -1\r\n\r\n",
    "two lengths": b"POST /webhooks/shop HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "length and chunks": b"POST /webhooks/shop HTTP/1.1\r\nHost: x\r\n"
    b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
    "bad chunk": b"POST /webhooks/shop HTTP/1.1\r\nHost: x\r\n" + LOGIN + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
}


@pytest.mark.parametrize("request_", BROKEN.values(), ids=BROKEN)
async def test_broken_http_is_refused_and_hurts_nobody(reception: Reception, request_: bytes) -> None:
    answer = await reception.raw(request_)

    assert answer.startswith((b"HTTP/1.0 400 ", b"HTTP/1.1 400 "))
    assert (await reception.post(CLOSED)).json == {"status": "new"}


@pytest.mark.parametrize("sent", [b"", CLOSED[:50]])
async def test_a_sender_who_leaves_in_the_middle_of_a_body_leaves_nothing_behind(
    reception: Reception, observer: RecordingObserver, caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    head = b"POST /webhooks/shop HTTP/1.1\r\nHost: x\r\n%bContent-Length: %d\r\n\r\n" % (LOGIN, len(CLOSED))

    await reception.raw(head + sent, ends=True)

    assert (await reception.post(b'{"type":"PING"}')).status == 200
    assert await counts(reception.journal) == {}
    assert caplog.records == []


async def test_several_requests_on_one_connection_are_answered_in_order(reception: Reception) -> None:
    head = b"POST /webhooks/shop HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n"
    ping = b'{"type":"PING"}'

    answers = await reception.raw(
        head + b"\r\n" + ping + head + LOGIN + b"\r\n" + ping + head + LOGIN + b"Connection: close\r\n\r\n" + ping
    )

    assert [part[:3] for part in answers.split(b"HTTP/1.1 ")[1:]] == [b"401", b"200", b"200"]


async def test_a_sender_who_waits_to_be_asked_for_the_body_is_asked(reception: Reception) -> None:
    head = b"POST /webhooks/shop HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\n"

    answer = await reception.raw(head + LOGIN + b'Content-Length: 15\r\n\r\n{"type":"PING"}')

    assert [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]] == [b"100", b"200"]


async def test_a_sender_who_will_not_be_admitted_is_not_asked_for_the_body(
    reception: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gladly_segment.transport.connection._LINGER_S", 0.01)
    head = b"POST /webhooks/shop HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"

    answer = await reception.raw(head + b"Content-Length: 15\r\n\r\n")

    assert [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]] == [b"401"]


async def test_when_it_stops_it_answers_what_it_has_begun_and_takes_no_more(reception: Reception) -> None:
    reception.journal.durable.clear()
    posting = asyncio.create_task(reception.post(CLOSED))
    await reception.journal.appending.wait()

    stopping = asyncio.create_task(reception.receiver.stop())
    await _until_nobody_listens(reception.url)
    assert not posting.done()
    reception.journal.durable.set()

    assert (await posting).status == 200
    await stopping
    assert await counts(reception.journal) == {"received": 1}


async def test_a_port_that_is_taken_is_told_in_one_sentence(
    journal: SqliteJournal, arrivals: SqliteArrivals, clock: ManualClock, observer: RecordingObserver
) -> None:
    receiver = Receiver(Doors(), journal=journal, arrivals=arrivals, clock=clock, observer=observer)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(GladlySegmentError, match=f"^cannot listen on 127.0.0.1 port {port}: .*in use") as error:
            await receiver.start("127.0.0.1", port)

    assert error.value.hint == "set server.port to a free one"


async def _until_nobody_listens(url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    with suppress(OSError):
        while True:
            _, writer = await asyncio.open_connection(host, int(port))
            writer.close()
