"""What is told on connections that bring no request, and with every answer."""

from collections.abc import Callable

import msgspec
import pytest

from gladly_segment.core.signals import TurnedAway, TurnedAwayFor
from tests.support.observer import RecordingObserver
from tests.unit.receive.conftest import CLOSED, LOGIN, Reception, StartReception

HEAD = b"POST /webhooks/shop HTTP/1.1\r\nHost: x\r\n"
PING = b'{"type":"PING"}'


@pytest.mark.parametrize(
    "sent",
    [
        b"EHLO shop\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        HEAD + b"Authorization: canary\x01\r\n\r\n",
        HEAD + b"X-Long: " + b"x" * 9_000 + b"\r\n\r\n",
        HEAD + b"X-Many: x\r\n" * 100 + b"\r\n",
        HEAD + LOGIN + b"Content-Length: many\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_told_so_in_json_and_ended(
    reception: Reception, observer: RecordingObserver, caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    head, _, body = (await reception.raw(sent)).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.0 400 ")
    assert b"\r\nContent-Type: application/json" in head
    assert msgspec.json.decode(body)["error"]["code"] == "bad_request"
    assert observer.of(TurnedAway) == [TurnedAway(TurnedAwayFor.NOT_HTTP)]
    assert caplog.records == []


async def test_a_failure_of_ours_is_told_in_json_too_and_logged(
    reception: Reception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("canary")

    monkeypatch.setattr(reception.journal, "probe", fail)

    answer = await reception.ask("GET", "/readyz")

    assert (answer.status, answer.code) == (500, "internal")
    assert b"canary" not in answer.body
    assert [each.levelname for each in caplog.records] == ["ERROR"]


async def test_a_body_that_was_not_read_is_not_taken_for_a_request(
    start_reception: StartReception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gladly_segment.transport.connection._LINGER_S", 0.01)
    reception = await start_reception()
    smuggled = HEAD + LOGIN + b"Content-Length: 15\r\n\r\n" + PING

    answer = await reception.raw(HEAD + b"Content-Length: 9999\r\n\r\n" + smuggled)

    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"\r\nConnection: close\r\n" in answer


ANSWERED: dict[str, Callable[[Reception], object]] = {
    "new": lambda each: each.post(CLOSED),
    "no event": lambda each: each.post(b"{"),
    "too large": lambda each: each.post(b"x" * 300_000),
    "wrong password": lambda each: each.post(auth=("x", "y")),
    "unknown": lambda each: each.post(organization="nowhere"),
    "probe": lambda each: each.ask("GET", "/readyz"),
    "nothing there": lambda each: each.ask("GET", "/"),
    "wrong method": lambda each: each.ask("PUT", "/webhooks/shop"),
}


@pytest.mark.parametrize("case", ANSWERED)
async def test_every_answer_is_kept_by_nobody_and_taken_for_nothing_else(reception: Reception, case: str) -> None:
    headers = (await ANSWERED[case](reception)).headers  # type: ignore[reportGeneralTypeIssues]

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Server"] == "gladly-segment"
    assert headers["Content-Type"] == "application/json"


async def test_broken_http_is_answered_with_the_same_headers(reception: Reception) -> None:
    answer = await reception.raw(b"EHLO shop\r\n\r\n")

    for line in (b"X-Content-Type-Options: nosniff", b"Cache-Control: no-store", b"Server: gladly-segment"):
        assert b"\r\n" + line + b"\r\n" in answer


async def test_a_proxy_that_speaks_http_1_0_is_understood(reception: Reception) -> None:
    answer = await reception.raw(b"POST /webhooks/shop HTTP/1.0\r\n" + LOGIN + b"Content-Length: 15\r\n\r\n" + PING)

    assert answer.startswith(b"HTTP/1.0 200 ")
    assert answer.endswith(b'{"status":"pong"}')
