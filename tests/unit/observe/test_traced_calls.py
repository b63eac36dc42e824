"""Traces: the calls to vendors, whom they are attributed to, and which occurrences are traced at all."""

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from gladly_segment.core.ids import ReceiptKey
from gladly_segment.core.lifecycle import Stage, State
from gladly_segment.core.signals import BatchSent, GladlyCalled, WorkEnded
from gladly_segment.observe.traces import Traces
from tests.support.clock import ManualClock
from tests.unit.observe.conftest import KEY, SHOP, appended, work
from tests.unit.observe.spans import Kept, about, is_below, links, own, seconds

OTHER = ReceiptKey("fedcba9876543210fedcba9876543210fedcba98")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (200, StatusCode.OK),
        (301, StatusCode.OK),
        (404, StatusCode.ERROR),
        (503, StatusCode.ERROR),
        (0, StatusCode.ERROR),
    ],
)
def test_a_call_to_gladly_is_a_clients_span_with_its_status(
    traces: Traces, kept: Kept, status: int, code: StatusCode
) -> None:
    about(traces, [work()], GladlyCalled(SHOP, "customer-profiles", status, 0.5))

    span = kept.only
    assert (span.name, span.kind) == ("GET customer-profiles", SpanKind.CLIENT)
    assert span.status.status_code is code
    assert seconds(span) == 0.5
    assert span.attributes is not None
    assert span.attributes["http.response.status_code"] == status
    assert span.attributes["peer.service"] == "gladly"


def test_a_call_made_for_several_is_one_span_and_linked_from_the_traces_of_the_others(
    traces: Traces, kept: Kept
) -> None:
    mine, others = work(Stage.DELIVER), work(Stage.DELIVER, OTHER)

    about(traces, [mine, others], BatchSent(SHOP, 200, 2, 600, 0.1))
    for each in (mine, others):
        traces.emit(WorkEnded(each, State.DELIVERED, "", ""))

    call, shared = (span for span in kept.spans if span.name == "POST batch")
    my_attempt, other_attempt = (span for span in kept.spans if span.name == "deliver attempt")
    assert (call.kind, shared.kind) == (SpanKind.CLIENT, SpanKind.INTERNAL)
    assert is_below(call, my_attempt)
    assert is_below(shared, other_attempt)
    assert links(shared) == {own(call)}
    assert links(call) == {own(other_attempt)}
    assert call.attributes is not None
    assert call.attributes["gladly_segment.events"] == 2


def test_a_call_that_was_joined_late_does_not_begin_before_the_one_who_joined(
    traces: Traces, kept: Kept, clock: ManualClock
) -> None:
    clock.advance(5.0)

    about(traces, [work(), work(key=OTHER, after_s=4.0)], GladlyCalled(SHOP, "agents", 200, 5.0))

    call, shared = kept.spans
    assert (seconds(call), seconds(shared)) == (5.0, 1.0)


def test_a_big_batch_has_no_more_links_than_is_usual_and_all_events_have_theirs(traces: Traces, kept: Kept) -> None:
    works = [work(Stage.DELIVER, ReceiptKey(f"{number + 1:032x}01234567")) for number in range(2_500)]

    about(traces, works, BatchSent(SHOP, 200, 2_500, 400_000, 0.1))

    call, *shared = kept.spans
    assert len(call.links) == 128
    assert len(shared) == 2_499


def test_calls_for_nobody_are_not_traced(traces: Traces, kept: Kept) -> None:
    traces.emit(GladlyCalled(SHOP, "agents", 200, 0.1))

    assert kept.spans == []


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_a_share_of_the_occurrences_is_traced_and_all_spans_of_one_agree(clock: ManualClock, share: float) -> None:
    # The last 64 bits of the trace id decide, as OpenTelemetry's own sampler has it: evenly spread here.
    keys = [ReceiptKey(f"{'0' * 16}{round(number * 2**64 / 1000):016x}{number:08x}") for number in range(1_000)]
    kept = Kept()
    traces = Traces(kept, share, clock)

    for key in keys:
        traces.emit(appended(key=key))
        about(traces, [work(key=key)], GladlyCalled(SHOP, "conversations", 200, 0.1))
        traces.emit(WorkEnded(work(key=key), State.READY, "", ""))

    per_trace = [trace for trace, _ in map(own, kept.spans)]
    assert len(set(per_trace)) == pytest.approx(share * 1_000, abs=1)
    assert {per_trace.count(trace) for trace in set(per_trace)} <= {4}


def test_a_call_for_several_belongs_to_the_first_that_is_traced(clock: ManualClock) -> None:
    kept = Kept()
    untraced = ReceiptKey("f" * 40)

    about(Traces(kept, 0.9, clock), [work(key=untraced), work()], GladlyCalled(SHOP, "agents", 200, 0.1))

    assert kept.only.kind is SpanKind.CLIENT
    assert own(kept.only)[0] == int(KEY[:32], 16)
    assert links(kept.only) == set()
