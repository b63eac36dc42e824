"""The way of spans to a collector: on a thread of its own, bounded, and dropped rather than waited for."""

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

import msgspec
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from typing_extensions import override

from gladly_segment.core.secret import Secret
from gladly_segment.core.signals import SpansDropped, TracingResumed, TracingTrouble
from gladly_segment.ports.observer import Observer

_QUEUE: Final = 16_384
_AT_ONCE: Final = 512
_EVERY_MS: Final = 1_000
_ANSWER_WITHIN_S: Final = 5.0
_LIBRARY: Final = "opentelemetry"


class Collector(msgspec.Struct, frozen=True):
    """Who takes spans: the base url of OTLP/HTTP, and headers that let us in."""

    url: str
    headers: Mapping[str, Secret]


class SpanOutlet:
    """Takes spans on the event loop, and gives them to a collector elsewhere. Made and closed on the event loop."""

    def __init__(self, collector: Collector, observer: Observer) -> None:
        """`observer` is told of what is dropped, and once each time when trouble begins and ends."""
        self._observer = observer
        self._loop = asyncio.get_running_loop()
        self._words = _LibraryWords()
        self._waiting = 0
        self._refused = 0
        self._in_trouble = False
        self._is_closed = False
        exporter = OTLPSpanExporter(
            endpoint=f"{collector.url.rstrip('/')}/v1/traces",
            headers={name: value.reveal() for name, value in collector.headers.items()},
            timeout=_ANSWER_WITHIN_S,
            compression=Compression.Gzip,
        )
        self._processor = BatchSpanProcessor(
            _Reporting(exporter, self._tell), _QUEUE, _EVERY_MS, max_export_batch_size=_AT_ONCE
        )

    def put(self, span: ReadableSpan) -> None:
        """Take a span, or drop it when too many wait. Does not block."""
        if self._waiting == _QUEUE:
            self._refused += 1
            return
        self._waiting += 1
        self._processor.on_end(span)

    async def close(self, within_s: float) -> None:
        """Give the collector what still waits; what it has not taken in time is dropped."""
        closed = asyncio.Event()
        threading.Thread(target=self._shut_down, args=(closed,), daemon=True).start()
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await closed.wait()
        self._is_closed = True
        self._words.stop()
        self._drop(self._waiting)

    def _shut_down(self, closed: asyncio.Event) -> None:
        self._processor.shutdown()
        # The loop may be gone by now: then nobody waits for it.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(closed.set)

    def _tell(self, spans: int, *, taken: bool) -> None:
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._note, spans, taken)

    def _note(self, spans: int, taken: bool) -> None:
        if self._is_closed:
            return
        self._waiting -= spans
        self._drop(0 if taken else spans)
        if taken == self._in_trouble:
            self._in_trouble = not taken
            self._observer.emit(TracingResumed() if taken else TracingTrouble(self._words.last))

    def _drop(self, spans: int) -> None:
        dropped, self._refused = spans + self._refused, 0
        if dropped:
            self._observer.emit(SpansDropped(dropped))


class _Reporting(SpanExporter):
    """Tells of each batch whether it was taken; on the thread of the one who exports."""

    def __init__(self, exporter: SpanExporter, tell: Callable[..., None]) -> None:
        self._exporter = exporter
        self._tell = tell

    @override
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = SpanExportResult.FAILURE
        try:
            result = self._exporter.export(spans)
        finally:
            self._tell(len(spans), taken=result is SpanExportResult.SUCCESS)
        return result

    @override
    def shutdown(self) -> None:
        self._exporter.shutdown()


class _LibraryWords(logging.Handler):
    """Keeps the library's messages, which come with every batch, out of the log; of the last it keeps the status."""

    def __init__(self) -> None:
        super().__init__()
        self.last = ""
        self._logger = logging.getLogger(_LIBRARY)
        self._logger.addHandler(self)
        self._logger.propagate = False

    def stop(self) -> None:
        self._logger.removeHandler(self)
        self._logger.propagate = True

    @override
    def emit(self, record: logging.LogRecord) -> None:
        arguments = record.args if isinstance(record.args, tuple) else ()
        status = next((each for each in arguments if isinstance(each, int)), None)
        self.last = f"the collector answered {status}" if status else "the collector does not answer as it should"
