"""The receiver's HTTP server: webhooks, probes and metrics."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from gladly_segment.core.errors import GladlySegmentError, JournalUnavailableError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.journal import Journal
from gladly_segment.ports.observer import Observer
from gladly_segment.receive import answers
from gladly_segment.receive.credentials import Verifier, WebhookCredentials
from gladly_segment.receive.webhook import WebhookHandler

MAX_BODY_BYTES: Final = 256 * 1024
_READY_WITHIN_S: Final = 5.0
_SHUTDOWN_S: Final = 15.0

_ANSWERS: Final = {404: answers.NOT_FOUND, 405: answers.WRONG_METHOD, 413: answers.TOO_LARGE}


class Receiver:
    """Listens for webhooks, and for those who look after the service."""

    def __init__(
        self,
        credentials: Mapping[OrganizationId, WebhookCredentials],
        *,
        journal: Journal,
        clock: Clock,
        observer: Observer,
        metrics: Callable[[], Awaitable[tuple[bytes, str]]],
    ) -> None:
        """`metrics` gives the exposition and its content type; it may raise JournalUnavailableError."""
        self._journal = journal
        self._metrics = metrics
        self._draining = False
        verifiers = {organization: Verifier(each) for organization, each in credentials.items()}
        app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[_plain_problems])
        webhooks = WebhookHandler(verifiers, journal, clock, observer)
        app.router.add_post("/webhooks/{organization}", webhooks.handle)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._render_metrics)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_S, handle_signals=False)

    async def start(self, host: str, port: int) -> str:
        """Listen, and give the url; `port` 0 takes a free one. Raises GladlySegmentError when it cannot."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise GladlySegmentError(
                f"cannot listen on {host} port {port}: {error.strerror}", hint="set server.port to a free one"
            ) from error
        address = self._runner.addresses[0]
        return f"http://{f'[{address[0]}]' if ':' in address[0] else address[0]}:{address[1]}"

    async def stop(self) -> None:
        """Take no more requests, and answer those that are being handled."""
        self._draining = True
        await self._runner.cleanup()

    async def _healthz(self, _: web.Request) -> web.Response:
        return answers.ok("alive")

    async def _readyz(self, _: web.Request) -> web.Response:
        if self._draining:
            return answers.refuse(answers.DRAINING, 503)
        try:
            async with asyncio.timeout(_READY_WITHIN_S):
                await self._journal.probe()
        except (JournalUnavailableError, TimeoutError):
            return answers.refuse(answers.NOT_DURABLE, 503)
        return answers.ok("ready")

    async def _render_metrics(self, _: web.Request) -> web.Response:
        try:
            body, content_type = await self._metrics()
        except JournalUnavailableError:
            return answers.refuse(answers.NOT_DURABLE, 503)
        return web.Response(body=body, headers={"Content-Type": content_type})


@web.middleware
async def _plain_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the framework's own refusals the form of ours."""
    try:
        return await handler(request)
    except web.HTTPError as error:
        response = answers.refuse(_ANSWERS.get(error.status, answers.BAD_REQUEST), error.status)
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
