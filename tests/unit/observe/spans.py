"""Spans that are kept, and what can be asked of them."""

from collections.abc import Sequence

from opentelemetry.sdk.trace import ReadableSpan

from gladly_segment.core.signals import Signal
from gladly_segment.core.work import Work
from gladly_segment.observe.traces import Traces
from gladly_segment.ports.attribution import working_on


class Kept:
    """An outlet that keeps what it is given."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def put(self, span: ReadableSpan) -> None:
        self.spans.append(span)

    @property
    def only(self) -> ReadableSpan:
        (span,) = self.spans
        return span

    def named(self, *names: str) -> list[ReadableSpan]:
        """The spans of these names, one of each."""
        return [next(span for span in self.spans if span.name == name) for name in names]


def is_below(child: ReadableSpan, parent: ReadableSpan) -> bool:
    assert child.context is not None
    assert parent.context is not None
    return (
        child.parent is not None
        and child.parent.span_id == parent.context.span_id
        and child.context.trace_id == parent.context.trace_id
    )


def links(span: ReadableSpan) -> set[tuple[int, int]]:
    return {(link.context.trace_id, link.context.span_id) for link in span.links}


def own(span: ReadableSpan) -> tuple[int, int]:
    assert span.context is not None
    return span.context.trace_id, span.context.span_id


def seconds(span: ReadableSpan) -> float:
    assert span.start_time is not None
    assert span.end_time is not None
    return (span.end_time - span.start_time) / 1e9


def about(traces: Traces, works: Sequence[Work], signal: Signal) -> None:
    with working_on(works):
        traces.emit(signal)
