"""The numbers that the journal tells at the moment of rendering, so that they survive a restart."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import CLAIMED_BY, State, unsettled
from gladly_segment.core.records import Tally, Waiting

NAMESPACE: Final = "gladly_segment"
ORGANIZATION: Final = "organization"


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

JOURNAL_METRICS: Final = (_PENDING, _SETTLED, _DEAD, _OLDEST, _BYTES, _MOST_BYTES)


class JournalReading(msgspec.Struct, frozen=True, kw_only=True):
    """What the journal tells at the moment of rendering; `waiting` leaves out what nothing waits in."""

    now: datetime
    tallies: Sequence[Tally]
    waiting: Sequence[Waiting]
    size_bytes: int
    max_bytes: int


class JournalCounts(Collector):
    """What the journal tells at the moment of rendering."""

    def __init__(self) -> None:
        self.organizations: set[str] = set()
        self.reading: JournalReading | None = None

    def collect(self) -> Iterable[Metric]:
        """See the collector's protocol."""
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
