"""Starts and stops the simulator."""

from collections.abc import Callable
from time import time
from types import TracebackType
from typing import Self

from aiohttp import web

from gladly_segment.sandbox.faults import FaultPlan, fault_middleware, fault_routes
from gladly_segment.sandbox.segment.control import ControlApi
from gladly_segment.sandbox.segment.destination import Destination
from gladly_segment.sandbox.segment.options import SegmentOptions
from gladly_segment.sandbox.segment.tracking_api import PATH_PREFIX, TrackingApi

_READ_AT_MOST_BYTES = 16 * 1024 * 1024
_SHUTDOWN_TIMEOUT_S = 0.1


class SegmentSandbox:
    """A running simulator. `url` is the host to give to a Segment client: `http://127.0.0.1:PORT`."""

    def __init__(self, runner: web.AppRunner, url: str) -> None:
        self.url = url
        self._runner = runner

    async def stop(self) -> None:
        """Close the port and every connection."""
        await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


async def start_segment(options: SegmentOptions, now_s: Callable[[], float] = time) -> SegmentSandbox:
    """Start a simulator, with `now_s` as its clock. Raises OSError when the port cannot be had."""
    tracking, plan = TrackingApi(options, now_s), FaultPlan(options.seed)
    app = web.Application(
        middlewares=[tracking.record, fault_middleware(plan, PATH_PREFIX)],
        client_max_size=_READ_AT_MOST_BYTES,
    )
    app.add_routes(tracking.routes() + ControlApi(tracking).routes() + fault_routes(plan))
    app.add_routes(Destination(tracking.ledger.books).routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_TIMEOUT_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, options.host, options.port).start()
    except OSError:
        await runner.cleanup()
        raise
    return SegmentSandbox(runner, f"http://{options.host}:{runner.addresses[0][1]}")
