"""The Gladly sandbox as a running server."""

import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from aiohttp import web

from gladly_segment.sandbox.faults import FaultPlan, fault_middleware, fault_routes
from gladly_segment.sandbox.gladly.control import ControlApi
from gladly_segment.sandbox.gladly.control_past import PastControlApi
from gladly_segment.sandbox.gladly.delivery import DeliveryEngine
from gladly_segment.sandbox.gladly.exports import Exports
from gladly_segment.sandbox.gladly.exports_api import ExportsApi
from gladly_segment.sandbox.gladly.gate import guard, keep_book, show_limit
from gladly_segment.sandbox.gladly.ledger import Ledger
from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.sandbox.gladly.reports_api import ReportsApi
from gladly_segment.sandbox.gladly.rest import RestApi
from gladly_segment.sandbox.gladly.state import Organization
from gladly_segment.sandbox.gladly.webhooks import WebhookRegistry
from gladly_segment.sandbox.gladly.webhooks_api import WebhooksApi
from gladly_segment.sandbox.gladly.wire import answer_refusals

API_PREFIX = "/api/v1"

SHUTDOWN_TIMEOUT_S = 0.1
"""Hanging faults and long polls have nothing to finish."""


class GladlySandbox:
    """A running sandbox: the vendor's API below `url` + `/api/v1`, control below `url` + `/control`."""

    def __init__(self, *, url: str, options: GladlyOptions, runner: web.AppRunner) -> None:
        self.url = url
        self.options = options
        self._runner = runner

    async def stop(self) -> None:
        """Stop listening and end all deliveries."""
        await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()


async def start_gladly(options: GladlyOptions, now_ns: Callable[[], int] = time.time_ns) -> GladlySandbox:
    """Start a sandbox; `now_ns` is its clock. Raises OSError when the address cannot be listened on."""
    runner = web.AppRunner(_application(options, now_ns), access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, options.host, options.port).start()
    except OSError:
        await runner.cleanup()
        raise
    host, port = runner.addresses[0][:2]
    return GladlySandbox(url=f"http://{host}:{port}", options=options, runner=runner)


def _application(options: GladlyOptions, now_ns: Callable[[], int]) -> web.Application:
    ledger = Ledger()
    organization = Organization(now_ns=now_ns, seed=options.seed, ledger=ledger)
    registry = WebhookRegistry(new_id=organization.next_id, now_ns=now_ns)
    engine = DeliveryEngine(registry=registry, ledger=ledger, options=options, now_ns=now_ns)
    organization.log.listen(engine.publish)
    exports = Exports(organization, now_ns)
    faults = FaultPlan(options.seed)

    api = web.Application(
        middlewares=[
            keep_book(ledger, now_ns),
            guard(options, now_ns),
            fault_middleware(faults, API_PREFIX),
            answer_refusals,
        ]
    )
    api.add_routes(RestApi(organization=organization, options=options).routes())
    api.add_routes(ReportsApi(organization=organization, options=options, now_ns=now_ns).routes())
    api.add_routes(ExportsApi(exports).routes())
    api.add_routes(WebhooksApi(registry=registry, engine=engine, log=organization.log).routes())
    api.on_response_prepare.append(show_limit(options))

    application = web.Application(middlewares=[answer_refusals])
    application.add_routes(ControlApi(organization=organization, engine=engine, ledger=ledger).routes())
    application.add_routes(
        PastControlApi(
            organization=organization, exports=exports, ledger=ledger, seed=options.seed, now_ns=now_ns
        ).routes()
    )
    application.add_routes(fault_routes(faults))
    application.add_subapp(API_PREFIX, api)
    application.on_cleanup.append(_stopper(engine))
    return application


def _stopper(engine: DeliveryEngine) -> Callable[[web.Application], Awaitable[None]]:
    async def stop(_: web.Application) -> None:
        await engine.stop()

    return stop
