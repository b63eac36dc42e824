"""The Webhooks (Actions) destination: brings stored events to an address, signed, and loses or doubles some on demand.

It signs as Segment does: hex HMAC-SHA1 over the body in `X-Signature`, and over the first event alone where several
come together.
"""

import hashlib
import hmac
from collections.abc import Iterator, Sequence

import aiohttp
import msgspec
from aiohttp import web

from gladly_segment.sandbox.segment.ledger import Books


class _Event(msgspec.Struct, frozen=True, rename="camel"):
    message_id: str


class Order(msgspec.Struct, frozen=True, rename="camel"):
    """Where to, and with which secret. `lose` and `double` are messageIds; above 1, `batch` events come together."""

    url: str
    secret: str
    lose: tuple[str, ...] = ()
    double: tuple[str, ...] = ()
    batch: int = 1


class Brought(msgspec.Struct, frozen=True, rename="camel"):
    """What was brought there, each as often as it was, and what the address answered."""

    message_ids: tuple[str, ...]
    statuses: tuple[int, ...]


class Destination:
    """Brings everything that is stored whenever it is told to."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def routes(self) -> list[web.RouteDef]:
        """`POST /control/destination` with an `Order` answers `Brought` once all is there."""
        return [web.post("/control/destination", self._bring)]

    async def _bring(self, request: web.Request) -> web.Response:
        order = msgspec.json.decode(await request.read(), type=Order)
        chosen = list(self._chosen(order))
        statuses: list[int] = []
        async with aiohttp.ClientSession() as http:
            for start in range(0, len(chosen), order.batch):
                events = [event for _, event in chosen[start : start + order.batch]]
                statuses.append(await _post(http, order, events))
        brought = Brought(tuple(message_id for message_id, _ in chosen), tuple(statuses))
        return web.Response(body=msgspec.json.encode(brought), content_type="application/json")

    def _chosen(self, order: Order) -> Iterator[tuple[str, bytes]]:
        for stored in self._books.stored:
            event = bytes(stored.event)
            message_id = msgspec.json.decode(event, type=_Event).message_id
            times = (message_id not in order.lose) + (message_id in order.double)
            yield from [(message_id, event)] * times


async def _post(http: aiohttp.ClientSession, order: Order, events: Sequence[bytes]) -> int:
    signature = hmac.new(order.secret.encode(), events[0], hashlib.sha1).hexdigest()
    body = events[0] if order.batch == 1 else b"[" + b",".join(events) + b"]"
    headers = {"Content-Type": "application/json", "X-Signature": signature}
    async with http.post(order.url, data=body, headers=headers) as answer:
        return answer.status
