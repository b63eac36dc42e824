"""A collector of traces: takes OTLP over HTTP on a real socket, and can go wrong."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager

import msgspec
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

PATIENCE_S = 30


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A span as it arrived; ids in hex, times in seconds, `links` and `parent` as (trace, span)."""

    name: str
    trace: str
    id: str
    parent: str
    kind: str
    start: float
    end: float
    status: str
    message: str
    attributes: Mapping[str, object]
    links: Sequence[tuple[str, str]]
    resource: Mapping[str, object]


class Collector:
    """What arrived, and how it is answered."""

    def __init__(self) -> None:
        self.url = ""
        self.spans: list[Seen] = []
        self.bodies: list[bytes] = []
        self.headers: list[Mapping[str, str]] = []
        self.status = 200
        self.answers = asyncio.Event()
        self.answers.set()
        self._asked = asyncio.Condition()

    async def until(self, *names: str) -> list[Seen]:
        """Wait until spans of all these names have come, each as often as it is named, and give all there are."""
        async with asyncio.timeout(PATIENCE_S), self._asked:
            await self._asked.wait_for(lambda: all(self._has(name, names.count(name)) for name in names))
        return self.spans

    async def asked(self, times: int) -> None:
        """Wait until spans have been brought so many times, whatever the answer was."""
        async with asyncio.timeout(PATIENCE_S), self._asked:
            await self._asked.wait_for(lambda: len(self.bodies) >= times)

    def _has(self, name: str, times: int) -> bool:
        return sum(span.name == name for span in self.spans) >= times

    async def take(self, request: web.Request) -> web.Response:
        async with self._asked:
            self.bodies.append(await request.read())
            self.headers.append(dict(request.headers))
            if self.status == 200:
                self.spans += read(self.bodies[-1])
            self._asked.notify_all()
        await self.answers.wait()
        return web.Response(status=self.status, content_type="application/x-protobuf")


def read(body: bytes) -> list[Seen]:
    """Decode what was brought."""
    brought = ExportTraceServiceRequest.FromString(body)
    return [
        _seen(span, {each.key: _value(each.value) for each in of_resource.resource.attributes})
        for of_resource in brought.resource_spans
        for of_scope in of_resource.scope_spans
        for span in of_scope.spans
    ]


def _seen(span: Span, resource: Mapping[str, object]) -> Seen:
    return Seen(
        name=span.name,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        kind=Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        start=span.start_time_unix_nano / 1e9,
        end=span.end_time_unix_nano / 1e9,
        status={0: "unset", 1: "ok", 2: "error"}[span.status.code],
        message=span.status.message,
        attributes={each.key: _value(each.value) for each in span.attributes},
        links=[(each.trace_id.hex(), each.span_id.hex()) for each in span.links],
        resource=resource,
    )


def _value(value: AnyValue) -> object:
    kind = value.WhichOneof("value")
    assert kind is not None
    return getattr(value, kind)


@asynccontextmanager
async def collecting() -> AsyncGenerator[Collector]:
    """Run a collector while the block lasts."""
    collector = Collector()
    app = web.Application(client_max_size=16 * 1024 * 1024)
    app.router.add_post("/v1/traces", collector.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        collector.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield collector
    finally:
        collector.answers.set()
        await runner.cleanup()
