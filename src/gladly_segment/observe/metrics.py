"""Metrics in Prometheus' text form. What the journal counts is read from it, so that it survives a restart."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

from gladly_segment.core.backfill_signals import BackfillSignal
from gladly_segment.core.certificate_signals import CertificateSignal
from gladly_segment.core.feed_signals import FeedSignal
from gladly_segment.core.history_signals import HistorySignal
from gladly_segment.core.lifecycle import Stage, State
from gladly_segment.core.mirror_signals import MirrorSignal
from gladly_segment.core.records import Appended
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
from gladly_segment.observe.backfill_metrics import BackfillMetrics
from gladly_segment.observe.certificate_metrics import CertificateMetrics
from gladly_segment.observe.feed_metrics import FeedMetrics
from gladly_segment.observe.history_metrics import HistoryMetrics
from gladly_segment.observe.journal_metrics import (
    JOURNAL_METRICS,
    NAMESPACE,
    ORGANIZATION,
    Declared,
    JournalCounts,
    JournalReading,
)
from gladly_segment.observe.mirror_metrics import MirrorMetrics

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 600.0, 3600.0)


class Metrics:
    """Turns signals into numbers and writes them out."""

    def __init__(self) -> None:
        # A second series for each counter, telling when it was made, helps nobody who scrapes regularly.
        disable_created_metrics()
        self._registry = CollectorRegistry()
        self.declared = list(JOURNAL_METRICS)
        self._journal = JournalCounts()
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
        self._backfills = BackfillMetrics(counter, self._gauge, ORGANIZATION)
        self._certificates = CertificateMetrics(counter, self._gauge, ORGANIZATION)
        self._mirror = MirrorMetrics(counter, ORGANIZATION)
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
        elif isinstance(signal, BackfillSignal):
            self._backfills.count(signal)
        elif isinstance(signal, CertificateSignal):
            self._certificates.count(signal)
        elif isinstance(signal, MirrorSignal):
            self._mirror.count(signal)
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
                if state is State.DELIVERED and seconds is not None:
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
            self._backfills.introduce(organization)
            self._certificates.introduce(organization)
        self._paused.labels(organization).set(change is Change.PAUSED)

    def _forget(self, organization: str) -> None:
        # A gauge that nothing will ever change again must not raise an alarm for good.
        self._journal.organizations.discard(organization)
        for gauge in (
            self._paused,
            self._held,
            self._rate_limit,
            self._rate_left,
            self._feed.enabled,
            *self._backfills.gauges,
            *self._certificates.gauges,
        ):
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
