"""`gladly-segment history`: the copy of the journal that searches and pages are made of."""

import sys
from typing import Final

import msgspec
from cyclopts import App
from rich.console import Console
from rich.table import Table

from gladly_segment.cli.demo.progress import showing_progress
from gladly_segment.cli.history import add_row
from gladly_segment.cli.journal import AsJson, Config, DataDir, settings_of
from gladly_segment.cli.loop import run
from gladly_segment.ports.history import Progress
from gladly_segment.service.beside import reading_history, rebuild_history

history_app: Final = App(
    name="history", help="The history, of which searches and pages are made: it is a copy of the journal."
)


class ShownProgress(msgspec.Struct, frozen=True, rename="camel"):
    """How far the history is, as JSON; `rebuilt` is the share (0 to 1) of a rebuild under way, null without one."""

    events: int
    behind: int
    shed: int
    rebuilt: float | None
    size_bytes: int


@history_app.command(name="status")
def status_command(*, json: AsJson = False, config: Config = None, data_dir: DataDir = None) -> None:
    """Tell how far the history is behind the journal, and its size. Works while the service runs."""

    async def ask() -> Progress:
        async with reading_history(data_dir or settings_of(config, None).data_dir) as history:
            return await history.progress()

    told = run(ask())
    shown = ShownProgress(told.events, told.behind, told.shed, told.rebuilt, told.size_bytes)
    if json:
        sys.stdout.buffer.write(msgspec.json.encode(shown) + b"\n")
        sys.stdout.flush()
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    add_row(table, "events", str(shown.events))
    add_row(table, "changes behind the journal", str(shown.behind))
    add_row(table, "times it fell too far behind", str(shown.shed))
    add_row(table, "rebuild", "none under way" if shown.rebuilt is None else f"{shown.rebuilt:.0%} done")
    add_row(table, "bytes", str(shown.size_bytes))
    Console(soft_wrap=True, highlight=False).print(table)


@history_app.command(name="rebuild")
def rebuild_command(*, config: Config = None, data_dir: DataDir = None) -> None:
    """Make the history anew of the journal. Works while the service runs; nothing waits for it."""
    console = Console(soft_wrap=True, highlight=False)
    directory = data_dir or settings_of(config, None).data_dir
    with showing_progress(console, "receipts read again") as tell:
        events = run(rebuild_history(directory, tell))
    console.print(f"the history has {events} events")
