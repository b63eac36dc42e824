"""Metrics in Prometheus' text form. What the journal counts is read from it, so that it survives a restart."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gladly_segment.core.feed_signals import FeedSignal
from gladly_segment.core.history_signals import HistorySignal
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import CLAIMED_BY, Stage, State, unsettled
from gladly_segment.core.records import Appended, Tally, Waiting
from gladly_segment.core.signals import (
    AttemptFailed,
    BatchSent,
    Change,
    EventSignal,
    GladlyCalled,
    JournalTrouble,
    OrganizationChanged,
    ReceiptAppended,
    ReceiptSettled,
    SettingsTrouble,
    Signal,
    SpansDropped,
    StageHeld,
    StageResumed,
    TracingResumed,
    TracingTrouble,
    TurnedAway,
    WebhookAnswered,
    WorkEnded,
)
from gladly_segment.observe.feed_metrics import FeedMetrics
from gladly_segment.observe.history_metrics import HistoryMetrics

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
_OLDEST: Final = Declared(
    f"{NAMESPACE}_oldest_pending_seconds",
    "gauge",
    "How long the receipt that has been longest in a pending state has been in it.",
    (ORGANIZATION, "state"),
)
_BYTES: Final = Declared(f"{NAMESPACE}_journal_bytes", "gauge", "Room that the journal takes.", ())
_MOST_BYTES: Final = Declared(f"{NAMESPACE}_journal_max_bytes", "gauge", "Room that the journal may take.", ())


class JournalReading(msgspec.Struct, frozen=True, kw_only=True):
    """What the journal tells at the moment of rendering; `waiting` leaves out what nothing waits in."""

    now: datetime
    tallies: Sequence[Tally]
    waiting: Sequence[Waiting]
    size_bytes: int
    max_bytes: int


class Metrics:
    """Turns signals into numbers and writes them out."""

    def __init__(self) -> None:
        # A second series for each counter, telling when it was made, helps nobody who scrapes regularly.
        disable_created_metrics()
        self._registry = CollectorRegistry()
        self.declared = [_PENDING, _SETTLED, _DEAD, _OLDEST, _BYTES, _MOST_BYTES]
        self._journal = _JournalCounts()
        self._registry.register(self._journal)
        self._declare_receive()
        self._declare_vendors()

    def _declare_receive(self) -> None:
        counter, histogram = self._counter, self._histogram
        self._webhooks = counter("webhook_requests", "Requests to webhook addresses.", ORGANIZATION, "status")
        self._webhook_s = histogram("webhook_seconds", "Time to answer a webhook, journal included.")
        self._appended = counter("receipts", "Events made durable, or known already.", ORGANIZATION, "disposition")
        self._turned_away = counter("turned_away", "Connections ended without a request being answered.", "reason")
        self._trouble = counter("journal_trouble", "Times the journal could not make something durable.")
        self._settings_trouble = counter("settings_trouble", "Times changed settings could not be used.")
        self._spans = counter("spans_dropped", "Spans of traces that the collector did not take.")
        self._feed = FeedMetrics(counter, self._gauge, ORGANIZATION)
        self._history = HistoryMetrics(counter, self._gauge)
        self._paused = self._gauge("paused", "1 while an organization stands still by somebody's wish.", ORGANIZATION)

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
        self._rate_limit = self._gauge(
            "gladly_rate_limit", "Requests a second that Gladly allows the organization.", ORGANIZATION
        )
        self._rate_left = self._gauge(
            "gladly_rate_left", "What was left of that second's requests at Gladly's last answer.", ORGANIZATION
        )
        self._batches = counter("batches", "Batches sent to Segment (status 0: no answer).", ORGANIZATION, "status")
        self._batch_events = counter("batch_events", "Events in batches sent, repeats included.", ORGANIZATION)
        self._batch_bytes = counter("batch_bytes", "Bytes of batches sent, as compressed.", ORGANIZATION)
        self._segment_s = histogram("segment_seconds", "Time that Segment took to answer.")
        self._delivery_s = histogram("delivery_seconds", "Time from a webhook to Segment's acceptance.")

    def emit(self, signal: Signal) -> None:
        """See the observer port."""
        if isinstance(signal, FeedSignal):
            self._feed.count(signal)
        elif isinstance(signal, HistorySignal):
            self._history.count(signal)
        else:
            self._count(signal)

    def _count(self, signal: EventSignal) -> None:
        match signal:
            case WebhookAnswered() | ReceiptAppended() | ReceiptSettled():
                self._count_receipt(signal)
            case AttemptFailed() | StageHeld() | StageResumed():
                self._count_stage(signal)
            case GladlyCalled():
                self._count_gladly(signal)
            case BatchSent():
                self._count_segment(signal)
            case JournalTrouble() | SettingsTrouble() | SpansDropped() | TurnedAway():
                self._count_trouble(signal)
            case OrganizationChanged(organization=organization, change=change):
                self._take_note(organization, change)
            case WorkEnded() | TracingTrouble() | TracingResumed():
                pass

    def _count_receipt(self, signal: WebhookAnswered | ReceiptAppended | ReceiptSettled) -> None:
        match signal:
            case WebhookAnswered(organization=organization, status=status, seconds=seconds):
                self._webhooks.labels(organization or "", status).inc()
                self._webhook_s.labels(organization or "").observe(seconds)
            case ReceiptAppended(organization=organization, disposition=disposition):
                self._appended.labels(organization, disposition).inc()
            case ReceiptSettled(organization=organization, state=state, seconds=seconds):
                if state is State.DELIVERED:
                    self._delivery_s.labels(organization).observe(seconds)

    def _count_stage(self, signal: AttemptFailed | StageHeld | StageResumed) -> None:
        match signal:
            case AttemptFailed(organization=organization, stage=stage, kind=kind):
                self._failures.labels(organization, stage, kind).inc()
            case StageHeld(organization=organization, stage=stage):
                self._held.labels(organization, stage).set(1)
            case StageResumed(organization=organization, stage=stage):
                self._held.labels(organization, stage).set(0)

    def _count_trouble(self, signal: JournalTrouble | SettingsTrouble | SpansDropped | TurnedAway) -> None:
        match signal:
            case TurnedAway(reason=reason):
                self._turned_away.labels(reason).inc()
            case JournalTrouble():
                self._trouble.inc()
            case SettingsTrouble():
                self._settings_trouble.inc()
            case SpansDropped(spans=dropped):
                self._spans.inc(dropped)

    def _count_segment(self, sent: BatchSent) -> None:
        self._batches.labels(sent.organization, sent.status).inc()
        self._batch_events.labels(sent.organization).inc(sent.events)
        self._batch_bytes.labels(sent.organization).inc(sent.body_bytes)
        self._segment_s.labels(sent.organization).observe(sent.seconds)

    def _count_gladly(self, called: GladlyCalled) -> None:
        organization = called.organization
        self._gladly.labels(organization, called.resource, called.status).inc()
        self._gladly_s.labels(organization).observe(called.seconds)
        if called.limit is not None:
            self._rate_limit.labels(organization).set(called.limit)
        if called.left is not None:
            self._rate_left.labels(organization).set(called.left)

    def _take_note(self, organization: str, change: Change) -> None:
        """Show an organization's gauges from the start, not only once something has happened."""
        if change is Change.REMOVED:
            self._forget(organization)
            return
        # With every change its stages begin anew, or rest.
        for stage in Stage:
            self._held.labels(organization, stage).set(0)
        if organization not in self._journal.organizations:
            self._journal.organizations.add(organization)
            for disposition in Appended:
                self._appended.labels(organization, disposition)
            self._feed.introduce(organization)
        self._paused.labels(organization).set(change is Change.PAUSED)

    def _forget(self, organization: str) -> None:
        # A gauge that nothing will ever change again must not raise an alarm for good.
        self._journal.organizations.discard(organization)
        for gauge in (self._paused, self._held, self._rate_limit, self._rate_left, self._feed.enabled):
            gauge.remove_by_labels({ORGANIZATION: organization})

    def render(self, journal: JournalReading) -> bytes:
        """Write all metrics, with what the journal tells at this moment."""
        self._journal.reading = journal
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
    """What the journal tells at the moment of rendering."""

    def __init__(self) -> None:
        self.organizations: set[str] = set()
        self.reading: JournalReading | None = None

    def collect(self) -> Iterable[Metric]:
        reading = self.reading
        if reading is None:
            return ()
        size = GaugeMetricFamily(_BYTES.name, _BYTES.text, value=reading.size_bytes)
        most = GaugeMetricFamily(_MOST_BYTES.name, _MOST_BYTES.text, value=reading.max_bytes)
        return *self._pending(reading), *_settled(reading.tallies), size, most

    def _pending(self, reading: JournalReading) -> Iterable[Metric]:
        pending = GaugeMetricFamily(_PENDING.name, _PENDING.text, labels=_PENDING.labels)
        oldest = GaugeMetricFamily(_OLDEST.name, _OLDEST.text, labels=_OLDEST.labels)
        counts = {(each.organization, each.state): each.count for each in reading.tallies}
        ages = {(each.organization, each.state): (reading.now - each.since).total_seconds() for each in reading.waiting}
        for organization in sorted(self.organizations):
            for state in CLAIMED_BY:
                place = OrganizationId(organization), state
                pending.add_metric(place, counts.get(place, 0))
                oldest.add_metric(place, max(0.0, ages.get(place, 0.0)))
        return pending, oldest


def _settled(tallies: Sequence[Tally]) -> Iterable[Metric]:
    settled = CounterMetricFamily(_SETTLED.name, _SETTLED.text, labels=_SETTLED.labels)
    dead = GaugeMetricFamily(_DEAD.name, _DEAD.text, labels=_DEAD.labels)
    for tally in tallies:
        if not unsettled(tally.state):
            settled.add_metric((tally.organization, tally.state, tally.reason), tally.ever)
        if tally.state is State.PARKED:
            dead.add_metric((tally.organization, tally.reason), tally.count)
    return settled, dead
