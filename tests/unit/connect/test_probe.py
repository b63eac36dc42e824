"""The public address as it is seen from here."""

import base64
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from gladly_segment.connect.probe import Answered, HttpProbe
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.secret import Secret
from gladly_segment.receive import answers
from gladly_segment.transport.session import open_session
from tests.support.certificates import write_certificate
from tests.unit.transport.servers import answer, scripted_server

PASSWORD = Secret("canary-password")


@pytest.fixture
async def probe() -> AsyncIterator[HttpProbe]:
    async with open_session(total_s=10.0, connections=2) as session:
        yield HttpProbe(session, "gladly-segment")


def body_of(response: web.Response) -> bytes:
    assert isinstance(response.body, bytes)
    return response.body


async def test_it_asks_as_gladly_does(probe: HttpProbe) -> None:
    async with scripted_server() as server:
        server.answer = answer(200, body_of(answers.ok("pong")))

        assert await probe.ping(f"{server.url}/webhooks/shop", PASSWORD) == Answered(200)

    (request,) = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /webhooks/shop HTTP/1.1")
    assert base64.b64encode(b"gladly-segment:canary-password") in head
    assert body == b'{"type":"PING"}'


@pytest.mark.parametrize(
    ("response", "code", "unknowing"),
    [
        (answers.not_admitted(401), "not_admitted", True),
        (answers.refuse_for(answers.TOO_MANY_FAILURES, 429, 1.0), "too_many_failures", True),
        (answers.refuse(answers.NOT_FOUND, 404), "not_found", False),
        (answers.wrong_method("POST"), "wrong_method", False),
    ],
)
async def test_this_softwares_own_refusals_are_recognised(
    probe: HttpProbe, response: web.Response, code: str, unknowing: bool
) -> None:
    async with scripted_server() as server:
        server.answer = answer(response.status, body_of(response))

        seen = await probe.ping(server.url, PASSWORD)

    assert isinstance(seen, Answered)
    assert seen == Answered(response.status, code)
    assert seen.is_ours_and_unknowing is unknowing


@pytest.mark.parametrize("body", [b"", b"<html>Not Found</html>", b'{"error":"not found"}', b"[1]", b"\xff"])
async def test_a_stranger_is_a_stranger(probe: HttpProbe, body: bytes) -> None:
    async with scripted_server() as server:
        server.answer = answer(404, body)

        assert await probe.ping(server.url, PASSWORD) == Answered(404)


async def test_no_redirect_is_followed_with_the_password(probe: HttpProbe) -> None:
    async with scripted_server() as server, scripted_server() as elsewhere:
        server.answer = answer(302, b"", Location=elsewhere.url)

        assert await probe.ping(server.url, PASSWORD) == Answered(302)

    assert elsewhere.requests == []


async def test_a_certificate_that_nobody_trusts_is_told(probe: HttpProbe, tmp_path: Path) -> None:
    chain, key = write_certificate(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(chain, key)
    runner = web.AppRunner(web.Application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        seen = await probe.ping(f"https://127.0.0.1:{runner.addresses[0][1]}/webhooks/shop", PASSWORD)
    finally:
        await runner.cleanup()

    assert seen == Failure(FailureKind.UNREACHABLE, "no secure connection could be made")
