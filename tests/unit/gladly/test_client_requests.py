"""What the client sends: whose resource, on whose behalf, and never anything else than it was asked for."""

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gladly_segment.core.entities import CustomerProfile
from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import FailureKind
from gladly_segment.core.ids import ConversationId, CustomerId
from gladly_segment.gladly import GladlyClient, Limiter
from gladly_segment.gladly.wire import decode
from gladly_segment.ports.entities import GONE
from gladly_segment.sandbox.gladly.options import GladlyOptions
from tests.support.clock import FlyingClock
from tests.support.observer import RecordingObserver
from tests.unit.gladly.conftest import UNLIMITED_PER_S, NewClient, Shop, StartShop
from tests.unit.gladly.lists import past_requests
from tests.unit.transport.servers import answer, scripted_server

ODD_IDS = {
    "a/b": "a%2Fb",
    "../agents": "..%2Fagents",
    "a%2Fb": "a%252Fb",
    "%2e%2e": "%252e%252e",
    "...": "...",
    "a?b=c": "a%3Fb%3Dc",
    "a#b": "a%23b",
    "a b": "a%20b",
    "a;b:c@d": "a%3Bb%3Ac%40d",
    "größe-🛍": "gr%C3%B6%C3%9Fe-%F0%9F%9B%8D",
    "a\r\nX-Header: b": "a%0D%0AX-Header%3A%20b",
    "\x00": "%00",
}


@pytest.mark.parametrize("odd", ODD_IDS)
async def test_an_odd_id_stays_one_segment_of_the_path(new_client: NewClient, odd: str) -> None:
    async with scripted_server() as server:
        server.answer = answer(404, b'{"errors":[{"code":"not_exist"}]}')

        assert await new_client(server.url).conversation(ConversationId(odd)) is GONE

    (request,) = server.requests
    assert request.startswith(f"GET /api/v1/conversations/{ODD_IDS[odd]} HTTP/1.1\r\nHost: ".encode())
    assert b"X-Header" not in request.partition(b"\r\n")[2]


@pytest.mark.parametrize("odd", ODD_IDS)
async def test_an_odd_id_leads_to_no_other_customers_conversations(new_client: NewClient, odd: str) -> None:
    async with scripted_server() as server:
        server.answer = answer(404, b'{"errors":[{"code":"not_exist"}]}')

        assert not await new_client(server.url).conversations_of(CustomerId(odd))

    (request,) = server.requests
    assert request.startswith(f"GET /api/v1/customers/{ODD_IDS[odd]}/conversations HTTP/1.1\r\nHost: ".encode())


async def test_nobody_waits_for_the_end_of_a_long_answer(shop: Shop, observer: RecordingObserver) -> None:
    # Of the one place that there is.
    limiter = Limiter(FlyingClock(), 0.1)
    async with past_requests(FlyingClock(), observer, limiter=limiter) as build, asyncio.timeout(30):
        requests = build(shop.url)
        async with requests.read_on("agents", idle_s=30.0) as answered:
            other = await requests.ask("GET", "topics")
            agents = await answered.read()

    assert (agents.strip(), other.status) == (b"[]", 200)


@pytest.mark.parametrize("empty", ["", ".", ".."])
async def test_an_id_that_would_lead_to_another_resource_is_not_asked_for(
    shop: Shop, client: GladlyClient, empty: str
) -> None:
    with pytest.raises(CallFailedError) as error:
        await client.customer_profile(CustomerId(empty))

    assert error.value.failure.kind is FailureKind.REFUSED
    assert await shop.asked() == []


async def test_an_odd_id_reaches_gladly_and_is_only_unknown_there(shop: Shop, client: GladlyClient) -> None:
    await shop.add_agent("Bo Berg")

    assert await client.conversation(ConversationId("../agents")) is GONE


@pytest.mark.parametrize("end", ["", "/"])
async def test_the_api_lies_below_the_organizations_address(shop: Shop, new_client: NewClient, end: str) -> None:
    assert await new_client(f"{shop.url}{end}").agents() == ()

    assert await shop.asked() == [("/agents", 200)]


async def test_user_and_token_may_hold_any_character(start_shop: StartShop, new_client: NewClient) -> None:
    user, token = "zoë+ops@shop.example", "tökén: €\t🔑"
    shop = await start_shop(GladlyOptions(user=user, token=token, rate_limit_per_s=UNLIMITED_PER_S))

    assert await new_client(shop.url, user=user, token=token).agents() == ()


async def test_a_token_that_is_refused_is_not_told(shop: Shop, new_client: NewClient) -> None:
    token = "canary-91be"

    with pytest.raises(CallFailedError) as error:
        await new_client(shop.url, token=token).agents()

    assert error.value.failure.kind is FailureKind.UNAUTHORIZED
    assert token not in f"{error.value!r} {error.value.failure!r}"


async def test_a_request_asks_for_json_and_carries_nothing_but_the_token(new_client: NewClient) -> None:
    async with scripted_server() as server:
        server.answer = answer(200, b"[]")
        await new_client(server.url, user="u@shop.example", token="t").agents()

    names = {line.partition(b":")[0] for line in server.requests[0].split(b"\r\n")[1:] if line}
    assert names == {b"Host", b"Authorization", b"Accept", b"Accept-Encoding", b"User-Agent"}
    assert b"Authorization: Basic dUBzaG9wLmV4YW1wbGU6dA==\r\n" in server.requests[0]
    assert b"Accept: application/json, " in server.requests[0]


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (b"half \\ud83d", "half \ufffd"),
        (b"\\ude42 half", "\ufffd half"),
        (b"turned \\ude42\\ud83d", "turned \ufffd\ufffd"),
        (b"whole \\ud83d\\ude42", "whole 🙂"),
        (b"not \xff UTF-8", "not \ufffd UTF-8"),
        (b"cut \xf0\x9f\x99", "cut \ufffd"),
        (b"surrogate \xed\xa0\xbd", "surrogate \ufffd\ufffd\ufffd"),
        ("plain ü".encode(), "plain ü"),
    ],
)
async def test_text_that_is_no_unicode_is_mended_wherever_it_stands(
    new_client: NewClient, sent: bytes, read: str
) -> None:
    body = b'{"id":"u-1","name":"%b","customAttributes":{"%b":["%b",1.5]},"unread":"%b"}' % (sent, sent, sent, sent)
    async with scripted_server() as server:
        server.answer = answer(200, body)
        profile = await new_client(server.url).customer_profile(CustomerId("u-1"))

    assert isinstance(profile, CustomerProfile)
    assert profile.name == read
    assert _decoded(profile) == {read: [read, 1.5]}


@pytest.mark.parametrize("sent", [b"\xff", b"\\ud83d"])
async def test_attributes_are_mended_though_nothing_reads_them(new_client: NewClient, sent: bytes) -> None:
    async with scripted_server() as server:
        server.answer = answer(200, b'{"id":"u-1","customAttributes":{"a":"%b"}}' % sent)
        profile = await new_client(server.url).customer_profile(CustomerId("u-1"))

    assert isinstance(profile, CustomerProfile)
    assert _decoded(profile) == {"a": "\ufffd"}


@given(st.binary(max_size=40))
def test_no_bytes_in_a_customers_name_stop_the_event(junk: bytes) -> None:
    escaped = junk.replace(b"\\", b"").replace(b'"', b"").translate(None, bytes(range(32)))

    profile = decode(b'{"id":"u-1","name":"%b"}' % escaped, msgspec.json.Decoder(CustomerProfile))

    assert profile.name == escaped.decode(errors="replace")


def _decoded(profile: CustomerProfile) -> Any:
    return msgspec.json.decode(profile.custom_attributes)
