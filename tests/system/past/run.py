"""A backfill of months beside live traffic: killed, stopped, gone on with, and judged in the end."""

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from gladly_segment.core.backfill import Phase
from gladly_segment.sandbox.audit import GladlyBooks, Recovery, SegmentBooks, audit
from gladly_segment.sandbox.gladly.options import GladlyOptions
from tests.system.past.calls import calls, past_of
from tests.system.past.diary import Diary
from tests.system.past.feel import Feel, feel, felt
from tests.system.past.judgement import Judgement
from tests.system.past.live import Live
from tests.system.past.traffic import TOO_MANY, repeated, throttled, use, without_a_request
from tests.system.past.world import PastWorld, now, past_world
from tests.system.programs import MODULE

_MONTH: Final = timedelta(days=30)
_BEFORE_NOW: Final = timedelta(days=2)
"""Nothing of the past happened in the last days: what the Events API still tells is live."""

_GATHERING_S: Final = (0.1, 1.5)
_KILLS_WHILE_GATHERING: Final = 2
_STORED_WITHIN_S: Final = 300.0
_OLD_CLOSED: Final = 200

RETRIES_S: Final = (0.5,) * 1_000
"""Gladly's own would disable the webhook at so many kills, and the last retries come after an hour."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be proved, at which size. `alone_s`: how long live traffic plays alone, before, after and at stops."""

    conversations: int
    customers: int
    kills: int
    seed: int
    options: GladlyOptions
    months: int = 3
    stops: int = 0
    live_per_s: float = 4.0
    alone_s: float = 5.0
    share: float = 1.0
    """Of the rate limit. All of it: nobody else uses the organization's API."""
    shares: tuple[tuple[str, float], ...] = (("reopened", 0.1), ("unclosed", 0.02), ("merged", 0.01), ("deleted", 0.01))
    program: tuple[str, ...] = MODULE
    figures: bool = True
    """Long enough to judge rates and latencies."""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What a run came to. `seconds` lie between the order and the end of the backfill, without stops."""

    judgement: Judgement
    kills: int
    kills_while_gathering: int
    stops: int
    seconds: float
    refused: Sequence[str]
    """What was answered 429."""


async def prove(folder: Path, order: Order, tell: Callable[[str], None] = lambda _: None) -> Proof:
    """Run it all in a world of its own."""
    async with past_world(folder, order.options, share=order.share, program=order.program) as world:
        return await _Run(world, order, tell).run()


class _Run:
    def __init__(self, world: PastWorld, order: Order, tell: Callable[[str], None]) -> None:
        self._world = world
        self._order = order
        self._tell = tell
        self._draws = random.Random(order.seed)  # noqa: S311 - repeatable, not secret
        self._diary = Diary()
        self._until = now().replace(microsecond=0) - _BEFORE_NOW
        self._since = self._until - order.months * _MONTH
        self._stops = 0

    async def run(self) -> Proof:
        order, world = self._order, self._world
        sizes: dict[str, Any] = {"conversations": order.conversations, "customers": order.customers}
        await world.seed(self._since, self._until, seed=order.seed, **sizes, **dict(order.shares))
        past = await world.gladly.books()
        self._tell(f"{len(past.occurrences)} occurrences of {order.conversations} conversations")
        live = Live(world.gladly.play, per_s=order.live_per_s, seed=order.seed, old=_unclosed(past)[:_OLD_CLOSED])
        async with world.follower.following():
            async with live.playing():
                await self._diary.alone_for(order.alone_s)
                began = now()
                await self._backfill(len(past.occurrences))
                await self._diary.alone_for(order.alone_s)
            settled = await world.settled()
            self._tell("everything has settled")
        return await self._judge(past, live, settled, began)

    async def _backfill(self, occurrences: int) -> None:
        """Order it, then kill and stop at moments drawn by chance, until it is done."""
        await self._go_on()
        for _ in range(min(_KILLS_WHILE_GATHERING, self._order.kills)):
            await asyncio.sleep(self._draws.uniform(*_GATHERING_S))
            await self._kill()
        for share, interrupt in self._interruptions():
            if not await self._world.stored(int(occurrences * share), _STORED_WITHIN_S):
                raise RuntimeError(f"the backfill did not come to {share:.0%}: {self._world.service.logged()[-2000:]}")
            self._tell(f"{share:.0%}")
            await interrupt()
        await self._world.becomes(Phase.DONE, _STORED_WITHIN_S)
        self._diary.is_interrupted()

    def _interruptions(self) -> Iterator[tuple[float, Callable[[], Any]]]:
        kills = max(self._order.kills - _KILLS_WHILE_GATHERING, 0)
        drawn: list[tuple[float, Callable[[], Any]]] = [
            (self._draws.uniform(0.02, 0.95), self._kill) for _ in range(kills)
        ]
        drawn += [((number + 1) / (self._order.stops + 1), self._stop) for number in range(self._order.stops)]
        yield from sorted(drawn, key=lambda each: each[0])

    async def _go_on(self) -> None:
        """Order it, or order it again: it goes on where it was."""
        self._diary.goes_on()
        await self._world.order(self._since, self._until)

    async def _kill(self) -> None:
        ended = self._diary.is_interrupted()
        await self._world.service.kill()
        await self._world.service.start()
        self._diary.killed(ended)
        self._tell(f"killed, and back after {(now() - ended).total_seconds():.1f} s")
        self._diary.goes_on()

    async def _stop(self) -> None:
        self._diary.is_interrupted()
        await self._world.stop()
        self._stops += 1
        await self._diary.alone_for(self._order.alone_s)
        await self._go_on()

    def _feel(self, gladly: GladlyBooks, segment: SegmentBooks) -> Feel:
        diary = self._diary
        return feel(felt(gladly, segment), alone=diary.alone, beside=diary.beside, kills=diary.kills)

    async def _judge(
        self, past: GladlyBooks, live: Live, settled: Mapping[tuple[str, str], int], began: datetime
    ) -> Proof:
        world, diary, requests = self._world, self._diary, self._world.follower.requests
        gladly, segment = await world.gladly.books(), await world.segment.books()
        only_past = past_of(past, live.closed)
        figures = self._order.figures
        judgement = Judgement(
            interruptions=len(diary.kills) + self._stops,
            report=audit(gladly, segment, settled, recovered=Recovery(end=self._until, began_at=began)),
            throttled=throttled(requests),
            repeated=repeated(requests, diary.beside, only_past),
            calls=calls(requests, past, only_past),
            use=use(requests, diary.beside, only_past, permitted_of_past(self._order)) if figures else None,
            feel=self._feel(gladly, segment) if figures else None,
        )
        return Proof(
            judgement=judgement,
            kills=len(diary.kills),
            kills_while_gathering=without_a_request(requests, diary.beside, only_past),
            stops=self._stops,
            refused=[f"{each.method} {each.path} at {each.at}" for each in requests if each.status == TOO_MANY],
            seconds=sum((each.ended - each.began).total_seconds() for each in diary.beside),
        )


def permitted_of_past(order: Order) -> float:
    """Give the requests a second that may be for the past, of one HTTP method (plan of the limiter, DESIGN)."""
    permitted = int(order.options.rate_limit_per_s * order.share)
    return permitted - min(max(2, permitted // 20), permitted - 1)


def _unclosed(books: GladlyBooks) -> list[str]:
    """Give the conversations that are still open."""
    closed = {each.conversation_id for each in books.occurrences if each.kind == "CLOSED"}
    return sorted({each.id for each in books.conversations} - closed)
