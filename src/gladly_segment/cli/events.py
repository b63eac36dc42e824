"""`gladly-segment events`: what came, and what became of it."""

import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, Final, TypeAlias, TypeVar

import msgspec
from cyclopts import Parameter, validators
from rich.console import Console
from rich.table import Table

from gladly_segment.cli.history import add_row
from gladly_segment.cli.journal import AsJson, Config, DataDir, Organization, moment
from gladly_segment.cli.loop import run
from gladly_segment.config import load_settings
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import State
from gladly_segment.core.moments import format_moment
from gladly_segment.debugger.events.page import shown
from gladly_segment.ports.history import Event, Found, History, Search
from gladly_segment.service.beside import reading_history

T = TypeVar("T")

Words: TypeAlias = Annotated[
    str,
    Parameter(
        name="--text",
        help="Words that an event must have: ids, e-mail addresses, phone numbers, names, attributes; the last one may "
        "be the beginning of a word.",
    ),
]
EventType: TypeAlias = Annotated[str | None, Parameter(name="--type", help="Only Gladly's events of this type.")]
States: TypeAlias = Annotated[
    tuple[State, ...], Parameter(name="--state", negative="", help="Only events in this state; may be given again.")
]
Reason: TypeAlias = Annotated[str | None, Parameter(help="Only events with this reason or cause.")]
Since: TypeAlias = Annotated[
    str | None, Parameter(help="From when on received: RFC 3339, or so long ago (90m, 36h, 7d).")
]
Slower: TypeAlias = Annotated[
    float | None,
    Parameter(help="Only events that took longer than so many seconds.", validator=validators.Number(gte=0)),
]

PORTION: Final = 100
_SHOWN: Final = 50


def events_command(
    *,
    text: Words = "",
    organization: Organization = None,
    type: EventType = None,  # noqa: A002 - the option's own name
    state: States = (),
    reason: Reason = None,
    since: Since = None,
    until: Annotated[str | None, Parameter(help="Until when received; by default now.")] = None,
    slower: Slower = None,
    limit: Annotated[
        int | None,
        Parameter(help="At most so many; by default 50, and all with --json.", validator=validators.Number(gte=1)),
    ] = None,
    json: AsJson = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """List events, newest first, as the page /events does. Works while the service runs."""
    search = search_for(text, organization, type, state, reason, since, until, slower)
    if json:
        with_history(config, data_dir, lambda history: _print_json(history, search, limit))
    else:
        found = with_history(config, data_dir, lambda history: history.search(search, limit or _SHOWN))
        _print(found)


def search_for(
    text: str,
    organization: str | None,
    event_type: str | None,
    states: tuple[State, ...],
    reason: str | None,
    since: str | None,
    until: str | None,
    slower: float | None,
) -> Search:
    """Make a search of what a person gave. Raises InputError for what is no moment."""
    return Search(
        text=text,
        organization=OrganizationId(organization) if organization else None,
        event_type=event_type,
        states=states,
        reason=reason,
        since=moment(since) if since else None,
        until=moment(until) if until else None,
        slower_than_s=slower,
    )


def with_history(config: Path | None, data_dir: Path | None, work: Callable[[History], Awaitable[T]]) -> T:
    """Open the history that the arguments or the settings name, and do something with it."""
    directory = data_dir or load_settings(config).data_dir

    async def opened() -> T:
        async with reading_history(directory) as history:
            return await work(history)

    return run(opened())


def print_events(events: Sequence[Event]) -> None:
    """Print one JSON document a line."""
    for event in events:
        sys.stdout.buffer.write(msgspec.json.encode(shown(event)) + b"\n")
    sys.stdout.flush()


def standing(event: Event) -> str:
    """Say where an event stands, and why."""
    return f"{event.state}: {event.reason}" if event.reason else event.state


async def _print_json(history: History, search: Search, limit: int | None) -> None:
    before, left = None, limit
    while left is None or left > 0:
        found = await history.search(search, PORTION if left is None else min(PORTION, left), before=before)
        print_events(found.events)
        if not found.more:
            return
        before = found.events[-1].seq
        left = None if left is None else left - len(found.events)


def _print(found: Found) -> None:
    console = Console()
    if not found.events:
        console.print("No event matches.")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("number", "received", "organization", "event", "customer", "conversation", "state"):
        table.add_column(name, no_wrap=name in ("number", "received"), overflow="fold")
    for each in found.events:
        customer = "\n".join(part for part in (each.customer_name, each.customer) if part)
        add_row(
            table,
            str(each.seq),
            format_moment(each.received_at),
            each.organization,
            each.event or each.event_type,
            customer,
            each.conversation or "",
            standing(each),
        )
    console.print(table)
    if found.more:
        total = f"{found.total}+" if found.at_least else str(found.total)
        console.print(f"\nThe newest {len(found.events)} of {total} are shown; --limit shows more.", highlight=False)
