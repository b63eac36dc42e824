"""Traces, for whoever set a collector; for all others not even the library is loaded."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from gladly_segment.config.tracing import TracingSettings
from gladly_segment.core.secret import Secret
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.observer import Observer

_FLUSH_WITHIN_S: Final = 5.0


@asynccontextmanager
async def tracing(settings: TracingSettings, clock: Clock, observer: Observer) -> AsyncGenerator[tuple[Observer, ...]]:
    """Give the observer that traces, if there is one; `observer` is told of trouble with it."""
    if settings.endpoint is None:
        yield ()
        return
    from gladly_segment.observe.outlet import Collector, SpanOutlet  # noqa: PLC0415
    from gladly_segment.observe.traces import Traces  # noqa: PLC0415

    headers = {name: Secret(value.get_secret_value()) for name, value in settings.headers.items()}
    outlet = SpanOutlet(Collector(settings.endpoint, headers), observer)
    try:
        yield (Traces(outlet, settings.sample, clock),)
    finally:
        await outlet.close(_FLUSH_WITHIN_S)
