"""The way of spans to a collector that works, refuses, hangs or is not there."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator

import pytest

from gladly_segment.core.ids import ReceiptKey
from gladly_segment.core.secret import Secret
from gladly_segment.core.signals import SpansDropped, TracingResumed, TracingTrouble
from gladly_segment.observe.outlet import Collector, SpanOutlet
from gladly_segment.observe.traces import Traces
from tests.support import collector as fake
from tests.support.clock import ManualClock
from tests.support.observer import RecordingObserver
from tests.unit.observe.conftest import appended

NOWHERE = "http://127.0.0.1:1"
AT_ONCE = 512
QUEUE = 16_384
IN_TIME_S = 20.0


@pytest.fixture
async def collector() -> AsyncIterator[fake.Collector]:
    async with fake.collecting() as running:
        yield running


@pytest.fixture
def observer() -> RecordingObserver:
    return RecordingObserver()


def receive(outlet: SpanOutlet, events: int) -> None:
    """Let so many events of one span each be traced."""
    traces = Traces(outlet, 1.0, ManualClock())
    for number in range(events):
        traces.emit(appended(key=ReceiptKey(f"{number + 1:032x}01234567")))


async def exported() -> None:
    """Wait until nobody exports any more, and what was told of it has been heard."""
    for thread in threading.enumerate():
        if thread.name.startswith("OtelBatch"):
            await asyncio.to_thread(thread.join)
    await asyncio.sleep(0)


def dropped(observer: RecordingObserver) -> int:
    return sum(each.spans for each in observer.of(SpansDropped))


async def test_spans_arrive_with_the_headers_that_the_collector_wants(
    collector: fake.Collector, observer: RecordingObserver
) -> None:
    outlet = SpanOutlet(Collector(collector.url, {"X-Collector-Key": Secret("open sesame")}), observer)

    receive(outlet, 3)

    spans = await collector.until("receive", "receive", "receive")
    assert len({span.trace for span in spans}) == 3
    assert spans[0].resource["service.name"] == "gladly-segment"
    assert collector.headers[0]["x-collector-key"] == "open sesame"
    assert collector.headers[0]["Content-Encoding"] == "gzip"
    await outlet.close(IN_TIME_S)
    assert observer.signals == []


async def test_what_still_waits_is_brought_at_the_end(collector: fake.Collector, observer: RecordingObserver) -> None:
    outlet = SpanOutlet(Collector(f"{collector.url}/", {}), observer)
    receive(outlet, 3 * AT_ONCE + 1)

    await outlet.close(IN_TIME_S)

    assert len(collector.spans) == 3 * AT_ONCE + 1
    assert observer.signals == []


@pytest.mark.parametrize("status", [401, 404, 500])
async def test_refused_spans_are_counted_and_told_of_once(
    collector: fake.Collector, observer: RecordingObserver, status: int
) -> None:
    collector.status = status
    outlet = SpanOutlet(Collector(collector.url, {}), observer)

    receive(outlet, 3 * AT_ONCE)
    await outlet.close(IN_TIME_S)

    assert dropped(observer) == 3 * AT_ONCE
    assert observer.of(TracingTrouble) == [TracingTrouble(f"the collector answered {status}")]


async def test_a_collector_that_works_again_is_told_of(collector: fake.Collector, observer: RecordingObserver) -> None:
    collector.status = 401
    outlet = SpanOutlet(Collector(collector.url, {}), observer)
    receive(outlet, AT_ONCE)
    await observer.told(TracingTrouble)

    collector.status = 200
    receive(outlet, AT_ONCE)
    await observer.told(TracingResumed)
    await outlet.close(IN_TIME_S)

    assert [type(each) for each in observer.signals] == [SpansDropped, TracingTrouble, TracingResumed]
    assert len(collector.spans) == AT_ONCE


async def test_a_collector_that_is_not_there_is_told_of_once(observer: RecordingObserver) -> None:
    outlet = SpanOutlet(Collector(NOWHERE, {}), observer)
    receive(outlet, AT_ONCE)

    await outlet.close(IN_TIME_S)

    assert dropped(observer) == AT_ONCE
    (trouble,) = observer.of(TracingTrouble)
    assert "127.0.0.1" not in trouble.detail


async def test_more_than_the_queue_holds_is_dropped_and_nobody_waits(
    collector: fake.Collector, observer: RecordingObserver
) -> None:
    collector.answers.clear()
    outlet = SpanOutlet(Collector(collector.url, {}), observer)

    receive(outlet, QUEUE + 1_000)

    await collector.asked(1)
    collector.answers.set()
    await outlet.close(IN_TIME_S)
    assert dropped(observer) == 1_000
    assert len(collector.spans) == QUEUE


async def test_the_end_does_not_wait_for_a_collector_that_hangs(
    collector: fake.Collector, observer: RecordingObserver
) -> None:
    collector.answers.clear()
    outlet = SpanOutlet(Collector(collector.url, {}), observer)
    receive(outlet, 2 * AT_ONCE)
    await collector.asked(1)

    await outlet.close(0.0)

    # What the library still tells when the collector answers at last is not counted again.
    collector.status = 500
    collector.answers.set()
    await exported()
    assert observer.signals == [SpansDropped(2 * AT_ONCE)]


async def test_the_librarys_own_messages_are_not_logged(
    collector: fake.Collector, observer: RecordingObserver, caplog: pytest.LogCaptureFixture
) -> None:
    collector.status = 401
    outlet = SpanOutlet(Collector(collector.url, {}), observer)
    receive(outlet, AT_ONCE)

    await outlet.close(IN_TIME_S)

    assert caplog.records == []
    # Only while it traces: others may want them.
    logging.getLogger("opentelemetry.any").warning("audible")
    assert caplog.messages == ["audible"]


async def test_it_does_not_mind_that_the_loop_has_gone(collector: fake.Collector, observer: RecordingObserver) -> None:
    async def trace() -> None:
        receive(SpanOutlet(Collector(collector.url, {}), observer), AT_ONCE)

    await asyncio.to_thread(asyncio.run, trace())

    await collector.asked(1)
