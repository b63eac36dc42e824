"""Traces: one for each occurrence, from the webhook to Segment, built from signals."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final, Protocol

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode
from opentelemetry.util.types import AttributeValue

from gladly_segment import __version__
from gladly_segment.core.ids import Lane, OrganizationId
from gladly_segment.core.lifecycle import CLAIMED_BY, State
from gladly_segment.core.records import Appended
from gladly_segment.core.signals import BatchSent, GladlyCalled, ReceiptAppended, Signal, WorkEnded
from gladly_segment.core.work import Work
from gladly_segment.observe import spans
from gladly_segment.ports.attribution import at_hand
from gladly_segment.ports.clock import Clock

_SCOPE: Final = InstrumentationScope("gladly_segment", __version__)
_ERROR_FROM: Final = 400
_MOST_LINKS: Final = 128
"""As many as OpenTelemetry's own limit for a span."""

Attributes = Mapping[str, AttributeValue]


class Outlet(Protocol):
    """Where finished spans go."""

    def put(self, span: ReadableSpan) -> None:
        """Take a span. Neither blocks nor raises."""
        ...


class Traces:
    """The observer port: makes spans of signals.

    A receipt's spans: `receive`, and below it `enrich` and `deliver`, each from entering the state to leaving it;
    below these the attempts, and below an attempt the calls to a vendor. A call made for several receipts is a span
    in the first one's trace, and in each other's a span that is linked with it. Ids only, as in the logs.
    """

    def __init__(self, outlet: Outlet, share: float, clock: Clock) -> None:
        """Trace a `share` (0–1) of all occurrences."""
        self._outlet = outlet
        self._sampling = spans.Sampling(share)
        self._clock = clock
        self._resource = Resource.create({"service.name": "gladly-segment", "service.version": __version__})

    def emit(self, signal: Signal) -> None:
        """See the port."""
        match signal:
            case ReceiptAppended(key=key) if self._sampling.takes(key):
                self._received(signal)
            case WorkEnded(work=work) if self._sampling.takes(work.key):
                self._ended(signal)
            case GladlyCalled(resource=resource, status=status, seconds=seconds):
                self._called(f"GET {resource}", "gladly", status, seconds, {})
            case BatchSent(status=status, seconds=seconds, events=events, body_bytes=body_bytes):
                sizes = {"gladly_segment.events": events, "gladly_segment.body_bytes": body_bytes}
                self._called("POST batch", "segment", status, seconds, sizes)
            case _:
                pass

    def _received(self, signal: ReceiptAppended) -> None:
        root = spans.of_occurrence(signal.key)
        is_new = signal.disposition is Appended.NEW
        sender = spans.of_sender(signal.traceparent)
        attributes = {
            **_about(signal.organization, signal.event_type, signal.lane),
            "gladly_segment.event_id": spans.printable(signal.event_id),
            "gladly_segment.disposition": signal.disposition,
            "gladly_segment.state": signal.state,
        }
        self._put(
            "receive",
            root if is_new else spans.of_call(signal.key),
            None if is_new else root,
            kind=SpanKind.SERVER,
            start=spans.nanoseconds(signal.received_at),
            attributes=attributes,
            links=[Link(sender)] if sender else (),
        )

    def _ended(self, signal: WorkEnded) -> None:
        work, state = signal.work, signal.state
        stays = CLAIMED_BY.get(state) is work.stage
        fails = stays or state is State.PARKED
        outcome = {
            "gladly_segment.state": state,
            "gladly_segment.reason": signal.reason,
            "gladly_segment.attempts": work.attempts,
        }
        about = _about(work.organization, work.event_type, work.lane) | outcome
        status = Status(StatusCode.ERROR, spans.printable(signal.detail)) if fails else Status(StatusCode.OK)
        waited = {"gladly_segment.waited_s": (work.began - work.entered_at).total_seconds()}
        stage = spans.of_stage(work)
        began, entered = spans.nanoseconds(work.began), spans.nanoseconds(work.entered_at)
        self._put(
            f"{work.stage} attempt", spans.of_work(work), stage, start=began, attributes=about | waited, status=status
        )
        if not stays:
            root = spans.of_occurrence(work.key)
            self._put(work.stage, stage, root, start=entered, attributes=about, status=status)

    def _called(self, name: str, vendor: str, status: int, seconds: float, sizes: Attributes) -> None:
        works = [work for work in at_hand() if self._sampling.takes(work.key)]
        if not works:
            return
        first, *others = works
        call = spans.of_call(first.key)
        start = spans.nanoseconds(self._clock.now() - timedelta(seconds=seconds))
        said = _said(status)
        answer = {"peer.service": vendor, "http.response.status_code": status, **sizes}
        self._put(
            name,
            call,
            spans.of_work(first),
            kind=SpanKind.CLIENT,
            start=start,
            attributes=_of(first) | answer,
            status=said,
            links=[Link(spans.of_work(other)) for other in others[:_MOST_LINKS]],
        )
        for other in others:
            self._put(
                name,
                spans.of_call(other.key),
                spans.of_work(other),
                start=max(start, spans.nanoseconds(other.began)),
                attributes=_of(other) | answer | {"gladly_segment.shared": True},
                status=said,
                links=[Link(call)],
            )

    def _put(
        self,
        name: str,
        context: SpanContext,
        parent: SpanContext | None,
        *,
        start: int,
        attributes: Attributes,
        kind: SpanKind = SpanKind.INTERNAL,
        status: Status | None = None,
        links: Sequence[Link] = (),
    ) -> None:
        self._outlet.put(
            ReadableSpan(
                name,
                context,
                parent,
                self._resource,
                attributes,
                kind=kind,
                links=links,
                status=status or Status(StatusCode.UNSET),
                start_time=start,
                # A clock that was put back must not make a span end before it began.
                end_time=max(start, spans.nanoseconds(self._clock.now())),
                instrumentation_scope=_SCOPE,
            )
        )


def _of(work: Work) -> dict[str, AttributeValue]:
    return {"gladly_segment.organization": work.organization}


def _about(organization: OrganizationId, event_type: str, lane: Lane) -> dict[str, AttributeValue]:
    return {
        "gladly_segment.organization": organization,
        "gladly_segment.event_type": spans.printable(event_type),
        "gladly_segment.lane": spans.printable(lane),
    }


def _said(status: int) -> Status:
    if not status:
        return Status(StatusCode.ERROR, "no answer")
    return Status(StatusCode.ERROR if status >= _ERROR_FROM else StatusCode.OK)
