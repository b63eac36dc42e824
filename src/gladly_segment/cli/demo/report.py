"""The reckoning as a table, and one event of each kind as Segment stored it."""

from collections.abc import Iterator, Mapping

import msgspec
from rich.console import Console
from rich.json import JSON
from rich.table import Table
from rich.text import Text

from gladly_segment.sandbox.audit import AuditReport, Finding, SegmentBooks
from gladly_segment.sandbox.audit.books import Stored

FINDINGS_SHOWN = 10
EVENT_NAMES = ("Gladly Conversation Created", "Gladly Conversation Closed")
_NOTABLE = {"agentId", "agentName", "customerName", "email", "phone"}


class GladlyCalls(msgspec.Struct, frozen=True):
    """Requests that the service made to Gladly's API, and how many were refused for their rate."""

    total: int
    throttled: int


class Outcome(msgspec.Struct, frozen=True):
    """All that is shown at the end."""

    report: AuditReport
    ignored: int
    pending: int
    calls: GladlyCalls

    @property
    def ok(self) -> bool:
        """Every number is as it must be, and something was played at all."""
        return self.report.ok and not self.report.not_delivered and not self.pending and self.report.accepted > 0


def print_outcome(console: Console, outcome: Outcome) -> None:
    """Print the table, and below it what is wrong, by id."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value, wrong in _rows(outcome):
        table.add_row(name, Text(value, style="bold red" if wrong else ""))
    console.print(table)
    for name, findings in _offences(outcome.report).items():
        for finding in findings[:FINDINGS_SHOWN]:
            console.print(Text(f"{name}: {finding.id}: {finding.detail}", style="red"))


def print_examples(console: Console, books: SegmentBooks) -> None:
    """Print a Created and a Closed event as stored: of each the first that is complete, else the first."""
    for name in EVENT_NAMES:
        found = [stored for stored in books.stored if stored.event.get("event") == name]
        for stored in sorted(found, key=_is_complete, reverse=True)[:1]:
            console.print(JSON(msgspec.json.encode(stored.event).decode(), ensure_ascii=False))


def _rows(outcome: Outcome) -> Iterator[tuple[str, str, bool]]:
    report = outcome.report
    yield "occurrences played", str(report.played), report.played == 0
    yield "accepted by Segment", str(report.accepted), report.accepted == 0
    for reason, count in sorted(report.suppressed.items()):
        yield f"suppressed: {reason}", str(count), False
    yield "suppressed as expected", str(report.expected_suppressed), bool(report.unexplained)
    yield "other events ignored", str(outcome.ignored), False
    yield "still pending", str(outcome.pending), outcome.pending > 0
    for name, findings in _offences(report).items():
        yield name, str(len(findings)), bool(findings)
    yield "recognised by Segment as repeated", str(report.deduplicated), False
    for percent in (50, 99):
        yield f"p{percent} webhook to accepted", _milliseconds(report.latency_ms(percent / 100)), False
    yield "Gladly calls per event", f"{outcome.calls.total / max(report.accepted, 1):.2f}", False
    yield "Gladly calls refused for their rate (429)", str(outcome.calls.throttled), False


def _is_complete(stored: Stored) -> bool:
    return stored.properties.keys() >= _NOTABLE and stored.properties.get("topicIds") != []


def _offences(report: AuditReport) -> Mapping[str, tuple[Finding, ...]]:
    return {
        "lost": report.lost,
        "doubled": report.doubled,
        "out of order": report.out_of_order,
        "unfaithful": report.unfaithful,
        "dropped by Segment": report.dropped,
        "unexplained": report.unexplained,
        "not delivered by Gladly": report.not_delivered,
    }


def _milliseconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} ms"
