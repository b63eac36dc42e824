"""When the answer is late, cut or never comes: a typed failure each time, and the place for a request given back."""

import asyncio
import socket

import pytest

from gladly_segment.core.entities import CustomerProfile
from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.ids import CustomerId
from gladly_segment.gladly import GladlyClient
from gladly_segment.sandbox.gladly.options import GladlyOptions
from tests.support.clock import FlyingClock, ManualClock
from tests.unit.gladly.conftest import NewClient, Shop, StartShop
from tests.unit.transport.servers import answer, scripted_server

GIVE_UP_S = 0.3
"""Far shorter than an answer that drips or hangs."""

TOO_MANY = 25
"""More failed calls than places: one that is not given back would be missed."""


def unreachable(detail: str) -> Failure:
    return Failure(FailureKind.UNREACHABLE, detail)


async def failure_of(client: GladlyClient) -> Failure:
    with pytest.raises(CallFailedError) as error:
        await client.customer_profile(CustomerId("u-1"))
    return error.value.failure


@pytest.mark.parametrize("kind", ["hang", "drip"])
async def test_an_answer_that_does_not_come_in_time_is_none(shop: Shop, new_client: NewClient, kind: str) -> None:
    await shop.misbehave(kind=kind, status=200, body='{"id":"u-1"}')

    assert await failure_of(new_client(shop.url, total_s=GIVE_UP_S)) == unreachable("no answer in time")


@pytest.mark.parametrize("status", [200, 500])
async def test_an_answer_that_breaks_off_is_none(shop: Shop, client: GladlyClient, status: int) -> None:
    await shop.misbehave(kind="truncate", status=status, body='{"id":"u-1"}')

    assert await failure_of(client) == unreachable("the answer broke off")


async def test_a_reset_connection_is_no_answer(shop: Shop, client: GladlyClient) -> None:
    await shop.misbehave(kind="reset")

    failure = await failure_of(client)

    assert failure.kind is FailureKind.UNREACHABLE
    assert failure.detail.startswith("the connection failed (")


async def test_nobody_listens(new_client: NewClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    client = new_client(f"http://127.0.0.1:{port}")

    assert await failure_of(client) == unreachable("the host refused the connection or could not be reached")


async def test_a_host_that_no_name_server_knows(new_client: NewClient) -> None:
    client = new_client("http://nobody.invalid")

    assert await failure_of(client) == unreachable("the host's name could not be resolved")


async def test_no_secure_connection_to_a_host_that_speaks_in_the_clear(shop: Shop, new_client: NewClient) -> None:
    client = new_client(shop.url.replace("http:", "https:"))

    assert await failure_of(client) == unreachable("no secure connection could be made")


@pytest.mark.parametrize("junk", [b"", b"\r\n\r\n", b"HTTP/1.1 999999 What\r\n\r\n", b"SSH-2.0-OpenSSH_9.9\r\n"])
async def test_a_server_that_speaks_no_http(new_client: NewClient, junk: bytes) -> None:
    async with scripted_server() as server:
        server.answer = junk

        assert (await failure_of(new_client(server.url))).kind is FailureKind.UNREACHABLE


async def test_places_of_failed_calls_are_given_back(shop: Shop, new_client: NewClient) -> None:
    client = new_client(shop.url, clock=FlyingClock())
    await shop.misbehave(kind="reset")

    for _ in range(TOO_MANY):
        assert (await failure_of(client)).kind is FailureKind.UNREACHABLE


async def test_places_of_cancelled_calls_are_given_back(new_client: NewClient) -> None:
    async with scripted_server() as server:
        client = new_client(server.url, clock=FlyingClock())
        server.answer = answer(200, b"[]")
        server.answering.clear()
        for number in range(TOO_MANY):
            call = asyncio.create_task(client.agents())
            await server.asked(number + 1)
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
        server.answering.set()

        assert await client.agents() == ()


async def test_after_a_429_nothing_is_asked_for_a_whole_second(start_shop: StartShop, new_client: NewClient) -> None:
    shop, clock = await start_shop(GladlyOptions()), ManualClock()
    client = new_client(shop.url, clock=clock)
    await shop.misbehave(kind="status", status=429, times=1)
    assert (await failure_of(client)).kind is FailureKind.THROTTLED

    waiting = asyncio.create_task(client.agents())
    await clock.asleep()
    clock.advance(0.999)
    await clock.asleep()

    assert await shop.asked() == [("/customer-profiles/u-1", 429)]
    clock.advance(0.001)
    assert await waiting == ()


async def test_a_limit_that_a_contract_raised_is_learned_from_the_first_answer(
    start_shop: StartShop, new_client: NewClient
) -> None:
    shop, standing_still = await start_shop(GladlyOptions(rate_limit_per_s=50)), ManualClock()
    client = new_client(shop.url, clock=standing_still, share=0.8)

    # Within one moment: without the answers' headers, no more than 8 of them could pass.
    await asyncio.gather(*(client.agents() for _ in range(40)))

    assert [status for _, status in await shop.asked()] == [200] * 40


@pytest.mark.parametrize("said", ["", "many", "-5", "0", "1.5", "٣", "9" * 5000])
async def test_a_limit_that_is_no_number_is_not_believed(new_client: NewClient, said: str) -> None:
    async with scripted_server() as server:
        server.answer = answer(200, b'{"id":"u-1"}', Ratelimit_Limit_Second=said)
        client = new_client(server.url, clock=ManualClock())

        for _ in range(2):
            assert isinstance(await client.customer_profile(CustomerId("u-1")), CustomerProfile)
