"""Wrong tokens make whoever shows them wait, and nobody else."""

import msgspec
import pytest

from gladly_segment.admin.access import FORGIVEN_AFTER_S, MOST_WRONG
from tests.support.clock import ManualClock
from tests.unit.admin.conftest import BEARER, OF_TOKEN, Desk, Open

WRONG = {"Authorization": "Bearer x"}


def of(caller: str) -> dict[str, str]:
    return {"X-Forwarded-For": caller}


async def test_after_five_wrong_tokens_even_the_right_one_waits(desk: Desk, clock: ManualClock) -> None:
    wrong = [(await desk.get("/metrics", WRONG)).status for _ in range(MOST_WRONG)]

    refused = await desk.get("/metrics", BEARER)
    clock.advance(FORGIVEN_AFTER_S)
    later = await desk.get("/metrics", BEARER)

    assert wrong == [401] * 5
    assert (refused.status, refused.code, refused.headers["Retry-After"]) == (429, "too_many_attempts", "30")
    assert later.status == 200


async def test_form_and_bearer_token_count_together(desk: Desk) -> None:
    for _ in range(MOST_WRONG - 1):
        await desk.get("/metrics", WRONG)
    await desk.sign_in("x")

    answer = await desk.sign_in(headers={"Accept": "text/html"})

    assert answer.status == 429
    assert "too often" in answer.text
    assert answer.headers["Retry-After"] == "30"


async def test_whoever_shows_no_token_is_not_counted(desk: Desk) -> None:
    for _ in range(MOST_WRONG * 2):
        await desk.get("/metrics")

    assert (await desk.get("/metrics", BEARER)).status == 200


async def test_who_is_signed_in_stays_so(desk: Desk) -> None:
    session = (await desk.sign_in()).session
    for _ in range(MOST_WRONG):
        await desk.get("/metrics", WRONG)

    assert (await desk.get("/metrics", session)).status == 200
    assert (await desk.get("/metrics", BEARER)).status == 429


async def test_callers_behind_a_trusted_proxy_are_told_apart(desk: Desk) -> None:
    for _ in range(MOST_WRONG):
        await desk.get("/metrics", {**WRONG, **of("192.0.2.1")})

    assert (await desk.get("/metrics", {**BEARER, **of("192.0.2.1")})).status == 429
    assert (await desk.get("/metrics", {**BEARER, **of("192.0.2.2")})).status == 200


@pytest.mark.parametrize("made_up", ["192.0.2.{n}, 198.51.100.7", "192.0.2.{n},198.51.100.7, 127.0.0.1", "x{n}"])
async def test_a_caller_cannot_be_made_up_in_front_of_the_proxy(desk: Desk, made_up: str) -> None:
    for number in range(MOST_WRONG):
        await desk.get("/metrics", {**WRONG, **of(made_up.format(n=number))})

    assert (await desk.get("/metrics", {**BEARER, **of(made_up.format(n=99))})).status == 429


async def test_a_caller_told_by_a_stranger_is_not_believed(open_desk: Open) -> None:
    desk = await open_desk(msgspec.structs.replace(OF_TOKEN, trusted_proxies=()))
    for number in range(MOST_WRONG):
        await desk.get("/metrics", {**WRONG, **of(f"192.0.2.{number}")})

    assert (await desk.get("/metrics", {**BEARER, **of("192.0.2.99")})).status == 429


async def test_wrong_tokens_are_forgiven_one_by_one(desk: Desk, clock: ManualClock) -> None:
    for _ in range(MOST_WRONG):
        await desk.get("/metrics", WRONG)

    statuses = [(await desk.get("/metrics", BEARER)).status]
    clock.advance(FORGIVEN_AFTER_S)
    statuses += [(await desk.get("/metrics", each)).status for each in (BEARER, WRONG, BEARER)]
    clock.advance(MOST_WRONG * FORGIVEN_AFTER_S)
    statuses += [(await desk.get("/metrics", WRONG)).status for _ in range(MOST_WRONG + 1)]

    assert statuses == [429, 200, 401, 429, *[401] * MOST_WRONG, 429]


async def test_trying_while_it_must_wait_makes_nobody_wait_longer(desk: Desk, clock: ManualClock) -> None:
    for _ in range(MOST_WRONG * 3):
        await desk.get("/metrics", WRONG)

    clock.advance(FORGIVEN_AFTER_S)

    assert (await desk.get("/metrics", BEARER)).status == 200


async def test_an_ipv6_network_is_one_caller(desk: Desk) -> None:
    for number in range(MOST_WRONG):
        await desk.get("/metrics", {**WRONG, **of(f"2001:db8::{number}:1")})

    assert (await desk.get("/metrics", {**BEARER, **of("2001:db8::ffff")})).status == 429
    assert (await desk.get("/metrics", {**BEARER, **of("2001:db8:0:1::1")})).status == 200
