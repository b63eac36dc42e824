"""Traces: what spans the signals of an occurrence make, and how they hang together."""

from datetime import timedelta

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from gladly_segment.core.lifecycle import Stage, State
from gladly_segment.core.records import Appended
from gladly_segment.core.signals import BatchSent, GladlyCalled, WorkEnded
from gladly_segment.observe.traces import Traces
from gladly_segment.ports.attribution import working_on
from tests.support.clock import START, ManualClock
from tests.unit.observe.conftest import KEY, ONE_OF_EACH, SHOP, appended, work
from tests.unit.observe.spans import Kept, about, is_below, links, own, seconds

SENDER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_the_trace_id_begins_the_message_id(traces: Traces, kept: Kept) -> None:
    traces.emit(appended())

    assert f"{own(kept.only)[0]:032x}" == KEY[:32]


def test_a_webhook_is_the_first_span_from_its_arrival_to_its_answer(
    traces: Traces, kept: Kept, clock: ManualClock
) -> None:
    clock.advance(0.25)

    traces.emit(appended())

    span = kept.only
    assert (span.name, span.kind, span.parent, span.links) == ("receive", SpanKind.SERVER, None, ())
    assert span.start_time == START.timestamp() * 1e9
    assert seconds(span) == 0.25
    assert span.attributes == {
        "gladly_segment.organization": "shop",
        "gladly_segment.event_type": "CONVERSATION/CLOSED",
        "gladly_segment.lane": "conversation:c-1",
        "gladly_segment.event_id": "e-1",
        "gladly_segment.disposition": "new",
        "gladly_segment.state": "received",
    }


def test_a_trace_of_the_sender_is_linked(traces: Traces, kept: Kept) -> None:
    traces.emit(appended(traceparent=SENDER))

    assert links(kept.only) == {(0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331)}


@pytest.mark.parametrize("nobody", ["", f"00-{'0' * 32}-b7ad6b7169203331-01", f"00-{'1' * 32}-{'0' * 16}-01"])
def test_a_sender_that_names_no_trace_is_not_linked(traces: Traces, kept: Kept, nobody: str) -> None:
    traces.emit(appended(traceparent=nobody))

    assert links(kept.only) == set()


def test_a_webhook_that_tells_of_the_same_again_hangs_below_the_first(traces: Traces, kept: Kept) -> None:
    traces.emit(appended())
    for _ in range(2):
        traces.emit(appended(Appended.DUPLICATE))

    first, *again = kept.spans
    assert [is_below(each, first) for each in again] == [True, True]
    assert len({own(each) for each in kept.spans}) == 3


def test_an_occurrence_is_one_tree_whatever_process_made_its_spans(clock: ManualClock) -> None:
    before, after = Kept(), Kept()
    enriching, delivering = work(Stage.ENRICH), work(Stage.DELIVER, after_s=3.0)
    first, second = Traces(before, 1.0, clock), Traces(after, 1.0, clock)
    first.emit(appended())
    about(first, [enriching], GladlyCalled(SHOP, "conversations", 200, 0.1))
    second.emit(WorkEnded(enriching, State.READY, "", ""))
    about(second, [delivering], BatchSent(SHOP, 200, 1, 300, 0.1))
    Traces(after, 1.0, clock).emit(WorkEnded(delivering, State.DELIVERED, "", ""))

    received, read = before.spans
    enrich, enrich_attempt = after.named("enrich", "enrich attempt")
    deliver, deliver_attempt, sent = after.named("deliver", "deliver attempt", "POST batch")

    assert is_below(enrich, received)
    assert is_below(enrich_attempt, enrich)
    assert is_below(read, enrich_attempt)
    assert is_below(deliver, received)
    assert is_below(deliver_attempt, deliver)
    assert is_below(sent, deliver_attempt)
    assert len({own(each) for each in (*before.spans, *after.spans)}) == 7


def test_a_stay_spans_the_wait_in_the_journal_and_the_attempt_does_not(
    traces: Traces, kept: Kept, clock: ManualClock
) -> None:
    clock.advance(10.0)

    traces.emit(WorkEnded(work(Stage.DELIVER, after_s=7.5, attempts=2), State.DELIVERED, "", ""))

    attempt, stay = kept.named("deliver attempt", "deliver")
    assert (seconds(stay), seconds(attempt)) == (10.0, 2.5)
    assert attempt.attributes is not None
    assert attempt.attributes["gladly_segment.waited_s"] == 7.5
    assert attempt.attributes["gladly_segment.attempts"] == 2
    assert attempt.status.status_code is stay.status.status_code is StatusCode.OK


def test_an_attempt_that_is_put_off_is_an_error_and_the_stay_goes_on(traces: Traces, kept: Kept) -> None:
    traces.emit(WorkEnded(work(Stage.ENRICH), State.RECEIVED, "", "answered 503 (Service Unavailable)"))
    traces.emit(WorkEnded(work(Stage.ENRICH, after_s=9.0, attempts=1), State.READY, "", ""))

    first, second, stay = kept.spans
    assert [span.name for span in kept.spans] == ["enrich attempt", "enrich attempt", "enrich"]
    assert (first.status.status_code, first.status.description) == (
        StatusCode.ERROR,
        "answered 503 (Service Unavailable)",
    )
    assert is_below(first, stay)
    assert is_below(second, stay)
    assert own(first) != own(second)


def test_a_dead_letter_is_an_error_with_its_cause(traces: Traces, kept: Kept) -> None:
    traces.emit(WorkEnded(work(), State.PARKED, "request_refused", "answered 400 (Bad Request)"))

    for span in kept.named("enrich attempt", "enrich"):
        assert span.status.status_code is StatusCode.ERROR
        assert span.attributes is not None
        assert span.attributes["gladly_segment.reason"] == "request_refused"
        assert span.attributes["gladly_segment.state"] == "parked"


@pytest.mark.parametrize("state", [State.SUPPRESSED, State.IGNORED, State.READY])
def test_what_ends_well_is_no_error(traces: Traces, kept: Kept, state: State) -> None:
    traces.emit(WorkEnded(work(), state, "any", ""))

    assert {span.status.status_code for span in kept.spans} == {StatusCode.OK}


def test_text_from_outside_is_cut_and_made_printable(traces: Traces, kept: Kept) -> None:
    traces.emit(appended(event_type="T" * 10_000, event_id="lone \ud800 surrogate"))

    attributes = kept.only.attributes
    assert attributes is not None
    assert attributes["gladly_segment.event_type"] == "T" * 256
    assert attributes["gladly_segment.event_id"] == "lone ? surrogate"


def test_no_span_ends_before_it_began(traces: Traces, kept: Kept, clock: ManualClock) -> None:
    later = clock.now() + timedelta(hours=1)

    traces.emit(appended(received_at=later))

    assert seconds(kept.only) == 0.0


def test_no_signal_is_too_much_for_it(traces: Traces) -> None:
    with working_on([work()]):
        for signal in ONE_OF_EACH:
            traces.emit(signal)
