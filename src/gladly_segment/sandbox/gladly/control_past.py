"""The control API, as far as it is about the past, and the cheap looks at what was asked for."""

from collections.abc import Callable

import msgspec
from aiohttp import web

from gladly_segment.sandbox.gladly.errors import RefusedError
from gladly_segment.sandbox.gladly.exports import ExportOrder, Exports
from gladly_segment.sandbox.gladly.ledger import Ledger
from gladly_segment.sandbox.gladly.seeding import seed_past
from gladly_segment.sandbox.gladly.state import Organization
from gladly_segment.sandbox.gladly.story import PastOrder
from gladly_segment.sandbox.gladly.wire import json_answer, read_body


class PastControlApi:
    """Handlers below `/control`.

    - `POST /control/past` `PastOrder` → `PastView`
    - `POST /control/exports` `ExportOrder` → `ExportJob`
    - `GET /control/requests?after=N` → `{"requests":[ApiRequest…],"next":N}`, of the newest that are kept
    - `GET /control/totals` → `RequestTotals`
    """

    def __init__(
        self, *, organization: Organization, exports: Exports, ledger: Ledger, seed: int, now_ns: Callable[[], int]
    ) -> None:
        self._organization = organization
        self._exports = exports
        self._ledger = ledger
        self._seed = seed
        self._now_ns = now_ns

    def routes(self) -> list[web.RouteDef]:
        """For the whole application."""
        return [
            web.post("/control/past", self._seed_past),
            web.post("/control/exports", self._export),
            web.get("/control/requests", self._requests),
            web.get("/control/totals", self._totals),
        ]

    async def _seed_past(self, request: web.Request) -> web.Response:
        order = await read_body(request, PastOrder)
        view = seed_past(self._organization, self._ledger, order, seed=self._seed, now_ns=self._now_ns())
        return json_answer(view, status=201)

    async def _export(self, request: web.Request) -> web.Response:
        return json_answer(self._exports.make(await read_body(request, ExportOrder)), status=201)

    async def _requests(self, request: web.Request) -> web.Response:
        after = _number(request.query.get("after", "0"))
        requests = self._ledger.requests_after(after)
        return json_answer({"requests": requests, "next": requests[-1].seq if requests else after})

    async def _totals(self, _: web.Request) -> web.Response:
        return json_answer(self._ledger.request_totals())


def _number(text: str) -> int:
    try:
        return msgspec.convert(text, int, strict=False)
    except msgspec.ValidationError as error:
        raise RefusedError.invalid("after", "after must be a whole number") from error
