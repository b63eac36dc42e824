"""The simulator's own API below `/control`: its books, and a long poll on how many events are stored."""

import asyncio

import msgspec
from aiohttp import web

from gladly_segment.sandbox.segment.tracking_api import TrackingApi

MAX_AWAIT_S = 300.0


class ControlApi:
    """Lets a scenario or an oracle look into the books.

    - `GET /control/events?after=N` → `{"events":[StoredEvent…],"next":N}`
    - `GET /control/ledger` → `Books`
    - `GET /control/await?stored=N&timeout_s=T` → `{"stored":n,"reached":bool}` once N are stored or T is over
    """

    def __init__(self, tracking: TrackingApi) -> None:
        self._tracking = tracking
        self._books = tracking.ledger.books

    def routes(self) -> list[web.RouteDef]:
        """Every control route but those of the faults."""
        return [
            web.get("/control/events", self._events),
            web.get("/control/ledger", self._ledger),
            web.get("/control/await", self._await),
        ]

    async def _events(self, request: web.Request) -> web.Response:
        after = int(_number(request, "after", 0))
        return _answer({"events": self._books.stored[after:], "next": max(after, len(self._books.stored))})

    async def _ledger(self, _: web.Request) -> web.Response:
        return _answer(self._books)

    async def _await(self, request: web.Request) -> web.Response:
        wanted, timeout_s = _number(request, "stored", 0), _number(request, "timeout_s", 0)
        try:
            async with asyncio.timeout(min(timeout_s, MAX_AWAIT_S)), self._tracking.grown:
                await self._tracking.grown.wait_for(lambda: len(self._books.stored) >= wanted)
        except TimeoutError:
            pass
        stored = len(self._books.stored)
        return _answer({"stored": stored, "reached": stored >= wanted})


def _number(request: web.Request, name: str, default: float) -> float:
    try:
        number = float(request.query.get(name, default))
    except ValueError:
        number = -1
    if not 0 <= number < float("inf"):
        raise web.HTTPBadRequest(text=f"{name} must be a number of at least 0")
    return number


def _answer(body: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), content_type="application/json")
