"""Reading past events, against the sandbox's Events API and hosts that break off."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import FailureKind
from gladly_segment.core.secret import Secret
from gladly_segment.core.signals import GladlyCalled
from gladly_segment.gladly import GladlyAccount, GladlyPastEvents, GladlyRequests, Limiter
from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.transport.session import open_session
from tests.support.clock import FlyingClock
from tests.support.observer import RecordingObserver
from tests.unit.gladly.conftest import SHOP, UNLIMITED_PER_S, Shop, StartShop
from tests.unit.transport.servers import ScriptedServer, answer

H = timedelta(hours=1)

NewPast = Callable[..., GladlyPastEvents]


def now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


@pytest.fixture
async def new_past(observer: RecordingObserver) -> AsyncIterator[NewPast]:
    async with AsyncExitStack() as running:

        def build(url: str, *, token: str = GladlyOptions().token, limiter: Limiter | None = None) -> GladlyPastEvents:
            # No other request would come to an end in this time.
            session = open_session(total_s=0.001, connections=4)
            running.push_async_callback(session.close)
            clock = FlyingClock()
            account = GladlyAccount(SHOP, url, GladlyOptions().user, Secret(token))
            requests = GladlyRequests(account, session, limiter or Limiter(clock, 1.0), clock, observer)
            return GladlyPastEvents(requests)

        yield build


@pytest.fixture
async def prompt_shop(start_shop: StartShop) -> Shop:
    return await start_shop(GladlyOptions(rate_limit_per_s=UNLIMITED_PER_S, events_lag_s=0))


async def read(past: GladlyPastEvents, start: datetime | None = None, end: datetime | None = None) -> list[bytes]:
    return [line async for line in past.read(start or now() - H, end or now())]


async def failure(past: GladlyPastEvents, start: datetime | None = None) -> tuple[list[bytes], CallFailedError]:
    """Read until it fails; give what was given, and the failure."""
    lines: list[bytes] = []
    try:
        async for line in past.read(start or now() - H, now()):
            lines.append(line)  # noqa: PERF401 - what was given before the failure counts
    except CallFailedError as failed:
        return lines, failed
    raise AssertionError("it did not fail")


async def test_conversations_and_customers_come_in_the_order_in_which_they_happened(
    prompt_shop: Shop, new_past: NewPast
) -> None:
    ann, bea = await prompt_shop.create_customer({"name": "Ann"}), await prompt_shop.create_customer({"name": "Bea"})
    conversation = await prompt_shop.open(ann)
    await prompt_shop.set_status(conversation, "CLOSED")
    await prompt_shop.merge(ann, bea)

    events: list[Any] = [msgspec.json.decode(line) for line in await read(new_past(prompt_shop.url), end=now() + H)]

    assert [each["type"] for each in events] == [
        "CUSTOMER_PROFILE/CREATED",
        "CUSTOMER_PROFILE/CREATED",
        "CONVERSATION/CREATED",
        "CONVERSATION/CLOSED",
        "CUSTOMER/MERGED",
    ]
    assert events[3]["content"]["conversationId"] == conversation


async def test_only_the_time_asked_for_is_given(prompt_shop: Shop, new_past: NewPast) -> None:
    past = new_past(prompt_shop.url)
    before = now()
    await prompt_shop.create_customer({"name": "Ann"})

    assert await read(past, before - H, before) == []
    assert len(await read(past, before - H, now() + H)) == 1


async def test_a_call_is_counted_and_told_like_any_other(
    prompt_shop: Shop, new_past: NewPast, observer: RecordingObserver
) -> None:
    await read(new_past(prompt_shop.url))

    (called,) = observer.of(GladlyCalled)
    assert (called.organization, called.resource, called.status) == (SHOP, "events", 200)
    assert called.limit == UNLIMITED_PER_S


async def test_a_reader_who_stops_in_the_middle_gives_its_place_back(host: ScriptedServer, new_past: NewPast) -> None:
    host.answer = answer(body=b"{}\n" * 3, Ratelimit_Limit_Second="1")
    past = new_past(host.url, limiter=Limiter(FlyingClock(), 1.0))

    for _ in range(2):
        lines = past.read(now() - H, now())
        assert await anext(lines) == b"{}"
        await lines.aclose()

    assert len(host.requests) == 2


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, FailureKind.REFUSED),
        (401, FailureKind.UNAUTHORIZED),
        (403, FailureKind.UNAUTHORIZED),
        (404, FailureKind.MISDIRECTED),
        (429, FailureKind.THROTTLED),
        (503, FailureKind.UNAVAILABLE),
        (301, FailureKind.MISDIRECTED),
    ],
)
async def test_an_unwilling_answer_is_a_failure(
    host: ScriptedServer, new_past: NewPast, status: int, kind: FailureKind
) -> None:
    host.answer = answer(status, b"{}\n", Retry_After="7")

    lines, failed = await failure(new_past(host.url))

    assert (lines, failed.failure.kind, failed.failure.retry_after_s) == ([], kind, 7.0)


async def test_what_is_older_than_a_day_is_refused_by_gladly(prompt_shop: Shop, new_past: NewPast) -> None:
    _, failed = await failure(new_past(prompt_shop.url), now() - 25 * H)

    assert failed.failure.kind is FailureKind.REFUSED


async def test_where_nobody_is_the_host_is_unreachable(new_past: NewPast) -> None:
    assert (await failure(new_past("http://127.0.0.1:1")))[1].failure.kind is FailureKind.UNREACHABLE


async def test_what_was_given_before_an_answer_broke_off_stands(host: ScriptedServer, new_past: NewPast) -> None:
    host.answer = answer(body=b'{"id":"1"}\n{"id":"2"}\n{"id":"3"}\n')[:-8]

    lines, failed = await failure(new_past(host.url))

    assert lines == [b'{"id":"1"}', b'{"id":"2"}']
    assert failed.failure.kind is FailureKind.UNREACHABLE


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (b"", []),
        (b'{"id":"1"}', [b'{"id":"1"}']),
        (b'\n{"id":"1"}\n\n \n{"id":"2"}\n', [b'{"id":"1"}', b'{"id":"2"}']),
        (b'{"id":"1"}\r\n{"id":"2"}\r\n', [b'{"id":"1"}\r', b'{"id":"2"}\r']),
    ],
    ids=["nothing", "no line end", "empty lines", "line ends of two bytes"],
)
async def test_lines_are_told_apart(host: ScriptedServer, new_past: NewPast, body: bytes, lines: list[bytes]) -> None:
    host.answer = answer(body=body)

    assert await read(new_past(host.url)) == lines


@pytest.mark.parametrize("last", [b'{"id":"2', b"\xff", b"[" * 100_000], ids=["cut", "no text", "deep"])
async def test_an_answer_that_ends_amid_an_event_is_malformed(
    host: ScriptedServer, new_past: NewPast, last: bytes
) -> None:
    host.answer = answer(body=b'{"id":"1"}\n' + last)

    lines, failed = await failure(new_past(host.url))

    assert (lines, failed.failure.kind) == ([b'{"id":"1"}'], FailureKind.MALFORMED)


async def test_a_line_without_end_is_not_held(host: ScriptedServer, new_past: NewPast) -> None:
    host.answer = answer(body=b'"%b"' % (b"x" * 3_000_000))

    assert (await failure(new_past(host.url)))[1].failure.kind is FailureKind.MALFORMED


async def test_an_answer_may_take_longer_than_others_may(host: ScriptedServer, new_past: NewPast) -> None:
    host.answer = answer(body=b'{"id":"1"}\n' * 200_000)

    assert len(await read(new_past(host.url))) == 200_000
