"""A stranger's connection: counted, given so long to bring a request, and answered in our form whatever it brings."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeAlias, cast

import msgspec
from aiohttp import HttpVersion10, HttpVersion11, web
from typing_extensions import override

from gladly_segment.core.callers import (
    UNKNOWN,
    Address,
    Caller,
    Network,
    address_behind,
    caller_of,
    is_among,
    read_address,
)
from gladly_segment.core.signals import TurnedAwayFor
from gladly_segment.transport.gate import Gate

_HEADER_WITHIN_S: Final = 10.0
_IDLE_S: Final = 75.0
"""Longer than load balancers keep a connection that rests, which then never end one that we just ended."""

_LINE_BYTES: Final = 8_190
_HEADERS: Final = 64
_HEAD_BYTES: Final = _HEADERS * _LINE_BYTES
_BODIES: Final = 2
"""Room for what is refused, read and thrown away; whoever sends more, in chunks of nothing for example, is ended."""

_LINGER_S: Final = 2.0
"""How long what comes after a refusal is read and thrown away, so that the refusal arrives."""

_OURS: Final = 500
_FORWARDED: Final = "X-Forwarded-For"

_VERSIONS: Final = (HttpVersion10, HttpVersion11)

Handle: TypeAlias = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Refuse: TypeAlias = Callable[[int], web.Response]


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """What a listener is there for.

    `section` is that of its settings, for errors to name. `handle` answers requests, and may ask `caller` and
    `is_through_proxy` about them; `refuse` answers what is none, `fail` what could not be answered, each with a status.
    A stop waits so long for what is being answered.
    """

    section: str
    handle: Handle
    refuse: Refuse
    fail: Refuse
    body_bytes: int
    stop_within_s: float


class Connections(web.Server):
    """Makes connections, and hands their requests on."""

    def __init__(self, served: Served, gate: Gate, trusted_proxies: Sequence[Network]) -> None:
        """Of `trusted_proxies` it is believed whom they speak for."""
        super().__init__(self._answer, request_factory=self._request)
        self._served = served
        self._gate = gate
        self._trusted = trusted_proxies

    @override
    def __call__(self) -> "Connection":
        return Connection(self, self._served, self._gate, self._trusted)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            is_known = request.version in _VERSIONS
            response = await self._served.handle(request) if is_known else self._served.refuse(400)
            if not request.content.is_eof():
                # What was not read of this request must not be taken for the next one.
                response.force_close()
            return response
        finally:
            cast("Connection", request.protocol).rest()

    def _request(
        self, message: Any, payload: Any, protocol: web.RequestHandler, writer: Any, task: "asyncio.Task[None]"
    ) -> web.BaseRequest:
        connection = cast("Connection", protocol)
        connection.work()
        address = connection.address
        # What is no HTTP has no headers, not even an empty multidict of them.
        if address is not None and connection.is_of_proxy and message.headers:
            address = address_behind(address, message.headers.getall(_FORWARDED, ()), self._trusted)
        return web.BaseRequest(
            message,
            payload,
            protocol,
            writer,
            task,
            asyncio.get_running_loop(),
            client_max_size=self._served.body_bytes,
            remote=None if address is None else caller_of(address),
        )


def caller(request: web.BaseRequest) -> Caller:
    """Tell whom a request comes from: the last one in front of our proxies."""
    return Caller(request.remote or UNKNOWN)


def is_through_proxy(request: web.BaseRequest) -> bool:
    """Tell whether a trusted proxy handed the request over."""
    return cast("Connection", request.protocol).is_of_proxy


async def until_over(request: web.BaseRequest) -> None:
    """Wait until nobody is there any more to read an answer that takes long, or the listener is about to close."""
    await cast("Connection", request.protocol).over.wait()


def _do_nothing() -> None:
    """End what has not begun."""


class Connection(web.RequestHandler):
    """The library's connection, with an end to its patience."""

    def __init__(self, manager: web.Server, served: Served, gate: Gate, trusted: Sequence[Network]) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(
            manager,
            loop=loop,
            keepalive_timeout=_IDLE_S,
            max_line_size=_LINE_BYTES,
            max_field_size=_LINE_BYTES,
            max_headers=_HEADERS,
            lingering_time=_LINGER_S,
            auto_decompress=False,
        )
        self.address: Address | None = None
        self.is_of_proxy = False
        self.over = asyncio.Event()
        self._served = served
        self._gate = gate
        self._trusted = trusted
        self._clock = loop
        self._request_bytes = _HEAD_BYTES + _BODIES * served.body_bytes
        self._end: Callable[[], object] = _do_nothing
        self._works = False
        self._came_bytes = 0
        self._patience: asyncio.TimerHandle | None = None

    def enter(self, peer: str) -> bool:
        """Be counted, before anything is done for the sender at this address. False: there are too many."""
        self.address = read_address(peer)
        self.is_of_proxy = self.address is not None and is_among(self.address, self._trusted)
        if self.address is None or self.is_of_proxy or self.address.is_loopback:
            # A proxy speaks for many, and so may whoever comes from this machine itself.
            return self._gate.enter(self, None)
        return self._gate.enter(self, caller_of(self.address))

    def leave(self) -> None:
        """Be counted no more."""
        self._gate.leave(self)

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.evict_by(cast("asyncio.Transport", transport).abort)
        super().connection_made(transport)
        self._wait()

    @override
    def connection_lost(self, exc: BaseException | None) -> None:
        self.over.set()
        self._gate.leave(self)
        self._stop_waiting()
        super().connection_lost(exc)

    @override
    def close(self) -> None:
        self.over.set()
        super().close()

    @override
    def data_received(self, data: bytes) -> None:
        self._came_bytes += len(data)
        if self._came_bytes > self._request_bytes:
            self.evict()
            return
        if data and self._patience is None and not self._works:
            self._wait()
        super().data_received(data)

    def work(self) -> None:
        """A request has come whole, but for its body."""
        self._works = True
        self._came_bytes = 0
        self._stop_waiting()
        self._gate.work(self)

    def rest(self) -> None:
        """The request was handled, and there may come another."""
        self._works = False
        self._gate.rest(self)

    def evict(self) -> None:
        """End at once."""
        self.force_close()
        self._end()

    def evict_by(self, end: Callable[[], object]) -> None:
        """Tell how it is ended from now on."""
        self._end = end

    @override
    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Answer what is no HTTP, or could not be answered."""
        is_ours = status >= _OURS
        if is_ours:
            self.log_exception("Error handling request", exc_info=exc)
        else:
            self._gate.turn_away(TurnedAwayFor.NOT_HTTP)
        if request.writer.output_size > 0:
            raise ConnectionError("an answer was begun already")
        response = self._served.fail(status) if is_ours else self._served.refuse(status)
        response.force_close()
        self.rest()
        return response

    def _wait(self) -> None:
        self._patience = self._clock.call_later(_HEADER_WITHIN_S, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._gate.turn_away(TurnedAwayFor.SLOW)
        self.evict()
