"""Metrics in Prometheus' text form. What the journal counts is read from it, so that it survives a restart."""

from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import CLAIMED_BY, Stage, State, unsettled
from gladly_segment.core.records import Tally
from gladly_segment.core.signals import (
    AttemptFailed,
    BatchSent,
    GladlyCalled,
    JournalTrouble,
    ReceiptAppended,
    ReceiptSettled,
    Signal,
    StageHeld,
    StageResumed,
    WebhookAnswered,
)

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

NAMESPACE: Final = "gladly_segment"
ORGANIZATION: Final = "organization"

_BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 600.0, 3600.0)


class Declared(msgspec.Struct, frozen=True):
    """One metric as the reference page lists it."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    text: str
    labels: tuple[str, ...]


_PENDING: Final = Declared(
    f"{NAMESPACE}_pending_receipts", "gauge", "Receipts that are not settled yet.", (ORGANIZATION, "state")
)
_SETTLED: Final = Declared(
    f"{NAMESPACE}_settled_total",
    "counter",
    "Receipts settled, by outcome and reason, over the journal's whole life.",
    (ORGANIZATION, "outcome", "reason"),
)
_DEAD: Final = Declared(
    f"{NAMESPACE}_dead_letters", "gauge", "Dead letters that wait for somebody.", (ORGANIZATION, "cause")
)
_BYTES: Final = Declared(f"{NAMESPACE}_journal_bytes", "gauge", "Room that the journal takes.", ())


class Metrics:
    """Turns signals into numbers and writes them out."""

    def __init__(self) -> None:
        # A second series for each counter, telling when it was made, helps nobody who scrapes regularly.
        disable_created_metrics()
        self._registry = CollectorRegistry()
        self.declared = [_PENDING, _SETTLED, _DEAD, _BYTES]
        self._journal = _JournalCounts()
        self._registry.register(self._journal)
        self._declare_receive()
        self._declare_vendors()

    def _declare_receive(self) -> None:
        counter, histogram = self._counter, self._histogram
        self._webhooks = counter("webhook_requests", "Requests to webhook addresses.", ORGANIZATION, "status")
        self._webhook_s = histogram("webhook_seconds", "Time to answer a webhook, journal included.")
        self._appended = counter("receipts", "Events made durable, or known already.", ORGANIZATION, "disposition")
        self._trouble = counter("journal_trouble", "Times the journal could not make something durable.")

    def _declare_vendors(self) -> None:
        counter, histogram = self._counter, self._histogram
        self._failures = counter("failed_attempts", "Attempts that met trouble.", ORGANIZATION, "stage", "kind")
        self._held = self._gauge(
            "stage_held", "1 while a stage stands still until somebody mends what is wrong.", ORGANIZATION, "stage"
        )
        self._gladly = counter(
            "gladly_requests", "Requests to Gladly (status 0: no answer).", ORGANIZATION, "resource", "status"
        )
        self._gladly_s = histogram("gladly_seconds", "Time that Gladly took to answer.")
        self._batches = counter("batches", "Batches sent to Segment (status 0: no answer).", ORGANIZATION, "status")
        self._batch_events = counter("batch_events", "Events in batches sent, repeats included.", ORGANIZATION)
        self._batch_bytes = counter("batch_bytes", "Bytes of batches sent, as compressed.", ORGANIZATION)
        self._delivery_s = histogram("delivery_seconds", "Time from a webhook to Segment's acceptance.")

    def emit(self, signal: Signal) -> None:
        """See the observer port."""
        match signal:
            case WebhookAnswered(organization=organization, status=status, seconds=seconds):
                self._webhooks.labels(organization or "", status).inc()
                self._webhook_s.labels(organization or "").observe(seconds)
            case ReceiptAppended(organization=organization, disposition=disposition):
                self._appended.labels(organization, disposition).inc()
            case ReceiptSettled(organization=organization, state=state, seconds=seconds):
                if state is State.DELIVERED:
                    self._delivery_s.labels(organization).observe(seconds)
            case JournalTrouble():
                self._trouble.inc()
            case _:
                self._emit_vendor(signal)

    def _emit_vendor(self, signal: AttemptFailed | StageHeld | StageResumed | GladlyCalled | BatchSent) -> None:
        match signal:
            case AttemptFailed(organization=organization, stage=stage, kind=kind):
                self._failures.labels(organization, stage, kind).inc()
            case StageHeld(organization=organization, stage=stage):
                self._held.labels(organization, stage).set(1)
            case StageResumed(organization=organization, stage=stage):
                self._held.labels(organization, stage).set(0)
            case GladlyCalled(organization=organization, resource=resource, status=status, seconds=seconds):
                self._gladly.labels(organization, resource, status).inc()
                self._gladly_s.labels(organization).observe(seconds)
            case BatchSent(organization=organization, status=status, events=events, body_bytes=body_bytes):
                self._batches.labels(organization, status).inc()
                self._batch_events.labels(organization).inc(events)
                self._batch_bytes.labels(organization).inc(body_bytes)

    def introduce(self, organization: str) -> None:
        """Show an organization's gauges from the start, not only once something has happened."""
        for stage in Stage:
            self._held.labels(organization, stage).set(0)
        self._journal.organizations.append(organization)

    def render(self, tallies: Sequence[Tally], journal_bytes: int) -> bytes:
        """Write all metrics, with the journal's counts and size of this moment."""
        self._journal.tallies, self._journal.size_bytes = tallies, journal_bytes
        return generate_latest(self._registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        self.declared.append(Declared(f"{NAMESPACE}_{name}_total", "counter", text, labels))
        return Counter(name, text, labels, namespace=NAMESPACE, registry=self._registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        self.declared.append(Declared(f"{NAMESPACE}_{name}", "gauge", text, labels))
        return Gauge(name, text, labels, namespace=NAMESPACE, registry=self._registry)

    def _histogram(self, name: str, text: str) -> Histogram:
        self.declared.append(Declared(f"{NAMESPACE}_{name}", "histogram", text, (ORGANIZATION,)))
        return Histogram(name, text, (ORGANIZATION,), namespace=NAMESPACE, registry=self._registry, buckets=_BUCKETS_S)


class _JournalCounts(Collector):
    """The journal's counts at the moment of rendering."""

    def __init__(self) -> None:
        self.organizations: list[str] = []
        self.tallies: Sequence[Tally] = ()
        self.size_bytes = 0

    def collect(self) -> Iterable[Metric]:
        pending = GaugeMetricFamily(_PENDING.name, _PENDING.text, labels=_PENDING.labels)
        settled = CounterMetricFamily(_SETTLED.name, _SETTLED.text, labels=_SETTLED.labels)
        dead = GaugeMetricFamily(_DEAD.name, _DEAD.text, labels=_DEAD.labels)
        counts = {(tally.organization, tally.state): tally.count for tally in self.tallies if unsettled(tally.state)}
        for organization in self.organizations:
            for state in CLAIMED_BY:
                pending.add_metric((organization, state), counts.get((OrganizationId(organization), state), 0))
        for tally in self.tallies:
            if not unsettled(tally.state):
                settled.add_metric((tally.organization, tally.state, tally.reason), tally.ever)
            if tally.state is State.PARKED:
                dead.add_metric((tally.organization, tally.reason), tally.count)
        size = GaugeMetricFamily(_BYTES.name, _BYTES.text, value=self.size_bytes)
        return pending, settled, dead, size
