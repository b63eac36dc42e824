"""A backfill on the terminal, and as JSON."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from gladly_segment.cli.history import add_row
from gladly_segment.core.backfill import Backfill, Found, Phase, Plan, Progress, Reading
from gladly_segment.core.moments import format_moment, in_words
from gladly_segment.core.records import Source

_SOURCES: Final = {Source.EVENTS_API: "Events API", Source.EXPORT: "export", Source.REPORT: "reports"}

WILL_NOT: Final = (
    "send again what the journal has, or had: neither what came live nor what an earlier backfill brought",
    "tell of agents, topics and contact data as they were: Gladly gives them as they are now",
    "make events of now of them: their timestamp is the conversation's creation, which some destinations refuse "
    "(keep them away with --integrations)",
)


class ShownReading(msgspec.Struct, frozen=True, rename="camel"):
    """Where a part of the span is read from."""

    start: str
    end: str
    source: str
    why: str


class ShownBackfill(msgspec.Struct, frozen=True, rename="camel"):
    """A backfill as JSON; `share` is how much of Gladly's permitted rate it uses (0 to 1)."""

    organization: str
    phase: str
    since: str
    until: str
    integrations: msgspec.Raw
    ordered_at: str
    changed_at: str
    read_until: str | None
    readings: tuple[ShownReading, ...]
    found: Found
    plan: Plan | None
    progress: Progress
    trouble: str


def print_json(backfill: Backfill) -> None:
    """Print one document on one line."""
    sys.stdout.buffer.write(msgspec.json.encode(_shown(backfill)) + b"\n")
    sys.stdout.flush()


def _shown(backfill: Backfill) -> ShownBackfill:
    order = backfill.order
    return ShownBackfill(
        organization=order.organization,
        phase=backfill.phase,
        since=format_moment(order.span.start),
        until=format_moment(order.span.end),
        integrations=msgspec.Raw(order.integrations),
        ordered_at=format_moment(backfill.ordered_at),
        changed_at=format_moment(backfill.changed_at),
        read_until=None if backfill.read_until is None else format_moment(backfill.read_until),
        readings=tuple(_shown_reading(each) for each in backfill.readings),
        found=backfill.found,
        plan=backfill.plan,
        progress=backfill.progress,
        trouble=backfill.trouble,
    )


def _shown_reading(reading: Reading) -> ShownReading:
    return ShownReading(format_moment(reading.span.start), format_moment(reading.span.end), reading.source, reading.why)


def print_plan(console: Console, backfill: Backfill) -> None:
    """Tell what a backfill will do, and what it will not."""
    found, plan = backfill.found, backfill.plan
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in _sources(backfill.readings):
        add_row(table, name, text)
    add_row(table, "occurrences", f"{found.occurrences}: {found.created} created, {found.closed} closed")
    add_row(table, "conversations", f"{found.conversations} of {found.customers} customers")
    if found.unreadable:
        add_row(table, "lines that cannot be read", str(found.unreadable))
    if plan is not None:
        for name, text in _of_plan(plan):
            add_row(table, name, text)
    console.print(table)
    console.print("\nIt will not:")
    for each in WILL_NOT:
        console.print(f"- {each}", markup=False)


def _of_plan(plan: Plan) -> Iterator[tuple[str, str]]:
    yield "known already", str(plan.known)
    takes = f"{in_words(timedelta(hours=plan.hours))} at {plan.rate_per_s:.0f} a second"
    yield "calls to Gladly", f"at least {plan.calls}: {takes}, behind all live events"
    yield "track events to Segment", f"at most {plan.track_events}"
    if plan.uncertain:
        yield "", f"{plan.uncertain} of them only if they were created within the span, which Gladly will tell"


def _sources(readings: tuple[Reading, ...]) -> Iterator[tuple[str, str]]:
    """Tell neighbouring parts from the same list together."""
    start = 0
    for number, reading in enumerate(readings):
        following = readings[number + 1] if number + 1 < len(readings) else None
        if following is None or (following.source, following.why) != (reading.source, reading.why):
            span = f"{format_moment(readings[start].span.start)} to {format_moment(reading.span.end)}"
            yield _SOURCES.get(reading.source, reading.source), f"{span}: {reading.why}"
            start = number + 1


def line(backfill: Backfill) -> str:
    """Tell in one line how far it is."""
    progress, found = backfill.progress, backfill.found
    parts = [f"{backfill.order.organization}: {backfill.phase}"]
    if backfill.phase is Phase.GATHERING:
        until = "" if backfill.read_until is None else f", read up to {format_moment(backfill.read_until)}"
        parts.append(f"{found.occurrences} occurrences found{until}")
    else:
        parts.append(f"{progress.dealt_with} of {found.occurrences}")
        parts.append(f"{progress.known} known before, {progress.left_out} left out, {progress.ended} sent or ended")
    if backfill.phase is Phase.SENDING:
        parts.extend(_pace(progress))
    parts.append(f"{progress.calls} calls")
    return "; ".join(parts) + (f"\n  waits: {backfill.trouble}" if backfill.trouble else "")


def _pace(progress: Progress) -> Iterator[str]:
    if progress.per_s is not None:
        yield f"{progress.per_s:.1f} a second"
    if progress.eta_s is not None:
        yield f"{in_words(timedelta(seconds=progress.eta_s))} left"
    if progress.share is not None:
        yield f"{progress.share:.0%} of Gladly's rate"


def print_end(console: Console, backfill: Backfill) -> None:
    """Tell what became of it."""
    console.print(line(backfill), markup=False)
    for state, reason, count in backfill.progress.outcomes:
        console.print(f"  {count} {state}{f': {reason}' if reason else ''}", markup=False)
