"""Segment in trouble."""

import random
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from email.utils import formatdate
from typing import Any

import msgspec

from gladly_segment.sandbox.faults import FaultRule
from tests.system.chaos.judgement import Excuses
from tests.system.chaos.picky import PickyProxy, picky_proxy
from tests.system.chaos.scenario import TRACKING, Scenario, play_into_trouble, segment_fails
from tests.system.chaos.world import World

_MOST_EVENTS = 3
_NO_SUCH_HOST = "http://segment.invalid"


class _Request(msgspec.Struct, rename="camel"):
    retry_count: int | None


class _Requests(msgspec.Struct):
    requests: list[_Request]


def _while(rule: FaultRule, *, failures: int = 3) -> Scenario:
    async def scenario(here: World, draws: random.Random) -> None:
        await here.play(3, draws)
        async with segment_fails(here, rule):
            await play_into_trouble(here, draws, failures=failures)
        await here.play(3, draws)

    return scenario


def _asked_to_wait(rule: Callable[[], FaultRule]) -> Scenario:
    async def scenario(here: World, draws: random.Random) -> None:
        await _while(rule())(here, draws)
        await here.settled()
        requests = msgspec.json.decode(await here.segment_ledger(), type=_Requests).requests
        assert not any(each.retry_count for each in requests), "a wait that Segment asked for was counted as an attempt"

    return scenario


async def _too_large(here: World, draws: random.Random) -> None:
    def refuse(events: Sequence[dict[str, Any]]) -> int | None:
        return 413 if len(events) > _MOST_EVENTS else None

    async with _through_proxy(here) as proxy:
        async with _gathered(here):
            await here.play(10, draws)
        proxy.refuse = refuse
        await here.settled()
    assert proxy.refused, "no batch was too large"


async def _one_bad_event(here: World, draws: random.Random) -> None:
    async with _through_proxy(here) as proxy:
        async with _gathered(here):
            bad = await here.open(draws)
            await here.control.set_status(bad, "CLOSED")
            await here.play(10, draws)

        def refuse(events: Sequence[dict[str, Any]]) -> int | None:
            return 400 if any(_opens(event, bad) for event in events) else None

        proxy.refuse = refuse
        await here.settled()
    assert max(proxy.refused, default=0) > 1, "the bad event came alone"
    here.excuses = Excuses(refused=bad)


async def _no_such_host(here: World, draws: random.Random) -> None:
    await _restart(here, _NO_SUCH_HOST)
    await play_into_trouble(here, draws)
    await _restart(here, None)
    await here.play(3, draws)


@asynccontextmanager
async def _through_proxy(here: World) -> AsyncGenerator[PickyProxy]:
    async with picky_proxy(here.http, here.segment.url) as proxy:
        await _restart(here, proxy.url)
        yield proxy
        await _restart(here, None)


@asynccontextmanager
async def _gathered(here: World) -> AsyncGenerator[None]:
    """Let everything that is played meanwhile become due for delivery at one moment: it comes in large batches."""
    async with segment_fails(here, _full_until_a_date()):
        yield
        await here.handed_over()
        await here.until(lambda progress: not progress.pending["received"])


def _full_until_a_date() -> FaultRule:
    date = formatdate(time.time() + 2, usegmt=True)
    return FaultRule(kind="status", path_prefix=TRACKING, status=429, headers={"Retry-After": date})


def _full_for_a_second() -> FaultRule:
    return FaultRule(kind="status", path_prefix=TRACKING, status=429, headers={"Retry-After": "1"}, share=0.6)


async def _restart(here: World, segment_host: str | None) -> None:
    await here.service.stop()
    here.write_settings(segment_host=segment_host)
    await here.start()


def _opens(event: dict[str, Any], conversation: str) -> bool:
    return event["event"] == "Gladly Conversation Created" and event["properties"]["conversationId"] == conversation


SEGMENT_FAULTS: dict[str, Scenario] = {
    "Segment: 5xx": _while(FaultRule(kind="status", path_prefix=TRACKING, status=502, share=0.7)),
    "Segment: 429 with seconds": _asked_to_wait(_full_for_a_second),
    "Segment: 429 with a date": _asked_to_wait(_full_until_a_date),
    "Segment: 413 for a large batch": _too_large,
    "Segment: 400 for one bad event": _one_bad_event,
    "Segment: accepts and hangs": _while(
        FaultRule(kind="hang", path_prefix=TRACKING, after_handling=True, times=2), failures=2
    ),
    "Segment: accepts and resets": _while(
        FaultRule(kind="reset", path_prefix=TRACKING, after_handling=True, share=0.5)
    ),
    "Segment: resets half-way": _while(FaultRule(kind="reset", path_prefix=TRACKING, share=0.5)),
    "Segment: write key refused and restored": _while(FaultRule(kind="status", path_prefix=TRACKING, status=401)),
    "Segment: no such host": _no_such_host,
}
