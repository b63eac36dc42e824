"""`gladly-segment stats`: what came in a span of time, and how everything stands."""

import sys
from datetime import timedelta
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from gladly_segment.admin.answers import Refused
from gladly_segment.cli.history import add_row
from gladly_segment.cli.journal import AsJson, Config, DataDir, Organization, settings_of
from gladly_segment.cli.loop import run
from gladly_segment.config import Settings
from gladly_segment.core.errors import InputError
from gladly_segment.core.moments import format_moment
from gladly_segment.debugger.overview.figures import FIGURES
from gladly_segment.debugger.overview.flow import FlowReport, everything, flow_report
from gladly_segment.debugger.overview.query import OverviewQuery, span_of
from gladly_segment.debugger.overview.span import Range, Span
from gladly_segment.debugger.overview.status import OrganizationStatus, ServiceStatus, status
from gladly_segment.debugger.times import minute_of
from gladly_segment.ports.history import Flow, History
from gladly_segment.service.beside import has_journal, reading_history
from gladly_segment.service.clock import SystemClock
from gladly_segment.service.stats import look_beside

_MOST_STEPS: Final = 10_000
_MOST_DIGITS: Final = 5
_UNITS: Final = {"m": 60, "h": 3_600, "d": 86_400}
_HOW_TO_STEP: Final = "write 5m, 1h or 1d"


UpToNow: TypeAlias = Annotated[
    Literal["1h", "6h", "24h", "7d", "30d", "all"], Parameter(help="A time that ends now; all is all that is kept.")
]


class Stats(msgspec.Struct, frozen=True):
    """The same as `/flow.json` and `/status.json`; what lives in the memory of a service is not in it."""

    flow: FlowReport
    status: ServiceStatus


def stats_command(
    *,
    organization: Organization = None,
    range: UpToNow = "24h",  # noqa: A002 - the option's own name
    since: Annotated[str, Parameter(help="From when on instead: RFC 3339, or so long ago (90m, 36h, 7d).")] = "",
    until: Annotated[str, Parameter(help="Until when; by default now.")] = "",
    step: Annotated[str, Parameter(help="Show it in steps as well: 5m, 1h, 1d.")] = "",
    json: AsJson = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Count what came and what became of it, as the overview does. Works while the service runs."""
    query = OverviewQuery(organization=organization or "", range=Range(range), since=since, until=until)
    step_s = _seconds(step) if step else None
    stats = run(_read(settings_of(config, data_dir), query, step_s))
    if json:
        sys.stdout.buffer.write(msgspec.json.encode(stats) + b"\n")
        sys.stdout.flush()
    else:
        _print(Console(), stats, in_steps=step_s is not None)


async def _read(settings: Settings, query: OverviewQuery, step_s: int | None) -> Stats:
    if not has_journal(settings.data_dir):
        raise InputError(f"there is no journal in {settings.data_dir}", hint="set data_dir, or give --data-dir")
    clock = SystemClock()
    async with reading_history(settings.data_dir) as history:
        now = clock.now()
        served, journal = await look_beside(settings, clock)
        stands = status(now, served, journal, await history.progress())
        names = {each.name for each in stands.organizations}
        if query.chosen is not None and query.chosen not in names:
            raise InputError(f"there is no organization {query.chosen}", hint="gladly-segment organizations list")
        span = await _span(history, query, stands, step_s)
        return Stats(await flow_report(history, names, query.chosen, span, now), stands)


async def _span(history: History, query: OverviewQuery, stands: ServiceStatus, step_s: int | None) -> Span:
    try:
        span = span_of(query, stands.now) or await everything(history, query.chosen, stands.now)
    except Refused as refused:
        raise InputError(refused.problem.hint) from None
    if step_s is None:
        return span
    if span.whole_s > step_s * _MOST_STEPS:
        raise InputError("that would be too many steps", hint="give a longer --step, or a shorter time")
    return msgspec.structs.replace(span, step_s=step_s)


def _seconds(step: str) -> int:
    number, unit = step[:-1], step[-1:]
    if unit in _UNITS and number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS and int(number):
        return int(number) * _UNITS[unit]
    raise InputError(f"{step!r} is no step", hint=_HOW_TO_STEP)


def _print(console: Console, stats: Stats, *, in_steps: bool) -> None:
    flow = stats.flow
    until = "now" if flow.open else minute_of(flow.until)
    console.print(f"Received {minute_of(flow.since)} - {until}", style="bold", highlight=False)
    flows = [(each.name, each) for each in flow.organizations]
    together = [("together", flow.whole)] if len(flows) != 1 else []
    console.print(_flows("organization", [*flows, *together]))
    if in_steps:
        console.print()
        console.print(_flows("from", [(minute_of(each.start), each) for each in flow.spans]))
    console.print()
    console.print("Now", style="bold")
    shown = [each for each in stats.status.organizations if flow.organization in (None, each.name)]
    console.print(_standing(shown, stats.status))
    console.print(_house(stats.status), highlight=False)


def _flows(first: str, flows: list[tuple[str, Flow]]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(first, no_wrap=True)
    for name in (*(figure.name for figure in FIGURES), "p50", "p95", "p99"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, flow in flows:
        figures = (str(getattr(flow, figure.name)) for figure in FIGURES)
        add_row(table, name, *figures, *(_duration(each) for each in (flow.p50_ms, flow.p95_ms, flow.p99_ms)))
    return table


def _standing(shown: list[OrganizationStatus], stands: ServiceStatus) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("organization", "state", "waiting", "oldest", "dead letters", "last webhook", "webhook"):
        table.add_column(name, no_wrap=True)
    for each in shown:
        oldest = each.waiting_since
        add_row(
            table,
            each.name,
            each.standing,
            str(each.waiting),
            _age(stands.now - oldest) if oldest else "-",
            str(each.parked),
            format_moment(each.feed.heard_at) if each.feed.heard_at else "-",
            f"disabled since {format_moment(each.feed.since)}" if each.feed.since else "",
        )
    return table


def _house(stands: ServiceStatus) -> str:
    journal, history = stands.journal, stands.history
    room = f"journal {journal.size_bytes / 1e6:.0f} MB of {journal.max_bytes / 1e6:.0f} MB"
    if history is None:
        return room
    if history.rebuilt is not None:
        return f"{room}; history {history.rebuilt:.0%} rebuilt"
    return f"{room}; history {f'{history.behind} changes behind' if history.behind else 'up to date'}"


def _age(age: timedelta) -> str:
    return _duration(age.total_seconds() * 1_000)


def _duration(ms: float | None) -> str:
    """Write a time shortly, as the page does."""
    if ms is None:
        return "-"
    for most, unit_ms, unit in ((1_000, 1, "ms"), (60_000, 1_000, "s"), (3_600_000, 60_000, "min")):
        if ms < most:
            return f"{ms / unit_ms:.{0 if unit == 'ms' else 1}f} {unit}"
    return f"{ms / 3_600_000:.1f} h"
