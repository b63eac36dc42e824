"""The receiver's HTTP server: webhooks, what the mirror is told, and probes."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final, TypeAlias

from aiohttp import web

from gladly_segment.core.errors import JournalUnavailableError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.throttle import Failures
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.journal import Journal
from gladly_segment.ports.mirrors import Arrivals
from gladly_segment.ports.observer import Observer
from gladly_segment.receive import answers
from gladly_segment.receive.body import MAX_BODY_BYTES
from gladly_segment.receive.doors import Doors
from gladly_segment.receive.mirror import MirrorHandler
from gladly_segment.receive.webhook import WebhookHandler
from gladly_segment.transport.certificates import TlsFiles
from gladly_segment.transport.connection import Served
from gladly_segment.transport.listener import Bounds, Listener

_READY_WITHIN_S: Final = 5.0
_STOP_WITHIN_S: Final = 15.0
_WEBHOOKS: Final = "/webhooks/"
_MIRROR: Final = "/mirror/"

_FAILURES_PER_S: Final = 0.2
_FAILURES_AT_ONCE: Final = 20
_CALLERS_REMEMBERED: Final = 10_000

_Handle: TypeAlias = Callable[[OrganizationId, web.BaseRequest], Awaitable[web.Response]]


class Receiver:
    """Listens for webhooks, and for whoever wants to know whether it does."""

    def __init__(
        self,
        doors: Doors,
        *,
        journal: Journal,
        arrivals: Arrivals,
        clock: Clock,
        observer: Observer,
        pending: Callable[[OrganizationId], int | None] = lambda _: None,
        bounds: Bounds | None = None,
        tls: TlsFiles | None = None,
    ) -> None:
        """`pending` counts an organization's unsettled receipts, None when it cannot tell; it does not block.

        Raises SettingsError when the files of `tls` cannot be used.
        """
        self._journal = journal
        self._draining = False
        served = Served(
            section="server",
            handle=self._answer,
            refuse=partial(answers.refuse, answers.BAD_REQUEST),
            fail=partial(answers.refuse, answers.INTERNAL),
            body_bytes=MAX_BODY_BYTES,
            stop_within_s=_STOP_WITHIN_S,
        )
        self._listener = Listener(served, observer, bounds or Bounds(), tls)
        failures = Failures(_FAILURES_PER_S, _FAILURES_AT_ONCE, _CALLERS_REMEMBERED)
        self._doors: Mapping[str, _Handle] = {
            _WEBHOOKS: WebhookHandler(doors, journal, clock, observer, pending, failures).handle,
            _MIRROR: MirrorHandler(doors, arrivals, clock, observer, failures).handle,
        }
        self._pages: dict[str, Callable[[], Awaitable[web.Response]]] = {
            "/healthz": self._healthz,
            "/readyz": self._readyz,
        }

    async def start(self, host: str, port: int) -> str:
        """Listen, and give the url; `port` 0 takes a free one. Raises GladlySegmentError when it cannot."""
        return await self._listener.open(host, port)

    def drain(self) -> None:
        """Answer `/readyz` with 503 from now on, so that nobody sends more; what comes is still taken."""
        self._draining = True

    async def stop(self) -> None:
        """Take no more requests, and answer those that are being handled."""
        self.drain()
        await self._listener.close()

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        # The path is taken as it was sent: what a proxy before us may have read differently has no address here.
        path = request.raw_path.partition("?")[0]
        for prefix, handle in self._doors.items():
            organization = path.removeprefix(prefix)
            if path != organization and organization and "/" not in organization:
                if request.method != "POST":
                    return answers.wrong_method("POST")
                return await handle(OrganizationId(organization), request)
        page = self._pages.get(path)
        if page is None:
            return answers.refuse(answers.NOT_FOUND, 404)
        return await page() if request.method in ("GET", "HEAD") else answers.wrong_method("GET,HEAD")

    async def _healthz(self) -> web.Response:
        return answers.ok("alive")

    async def _readyz(self) -> web.Response:
        if self._draining:
            return answers.refuse(answers.DRAINING, 503)
        try:
            async with asyncio.timeout(_READY_WITHIN_S):
                await self._journal.probe()
        except (JournalUnavailableError, TimeoutError):
            return answers.refuse(answers.NOT_DURABLE, 503)
        return answers.ok("ready")
