"""Following a backfill until there is nothing to follow any more."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bar

from gladly_segment.cli.backfill.shown import line, print_json
from gladly_segment.core.backfill import UNDER_WAY, Backfill, Phase
from gladly_segment.ports.backfills import Backfills
from gladly_segment.service.clock import SystemClock

_LOOK_EVERY_S: Final = 0.5
_STEPS: Final = 20
"""So many lines there are of it where there is no terminal."""


async def follow(backfills: Backfills, ordered: Backfill, show: Callable[[Backfill], None]) -> Backfill:
    """Show it as it advances until it is no longer under way; give how it is then."""
    clock, now = SystemClock(), ordered
    while now.phase in UNDER_WAY:
        show(now)
        await clock.sleep(_LOOK_EVERY_S)
        latest = [each for each in await backfills.latest() if each.number == ordered.number]
        if not latest:
            return now
        now = latest[0]
    return now


@contextmanager
def showing(console: Console, *, json: bool) -> Generator[Callable[[Backfill], None]]:
    """Show each step: documents, a bar on a terminal, or a line now and then elsewhere."""
    if json:
        yield _changes(print_json)
    elif console.is_terminal:
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
        with Bar(*columns, console=console, transient=True) as bar:
            task = bar.add_task("", total=None)

            def show(backfill: Backfill) -> None:
                sending = backfill.phase is Phase.SENDING
                bar.update(
                    task,
                    description=line(backfill),
                    completed=backfill.progress.dealt_with,
                    total=backfill.found.occurrences if sending else None,
                )

            yield show
    else:
        yield _steps(console)


def _changes(show: Callable[[Backfill], None]) -> Callable[[Backfill], None]:
    shown: list[Backfill] = []

    def changed(backfill: Backfill) -> None:
        if shown != [backfill]:
            shown[:] = [backfill]
            show(backfill)

    return changed


def _steps(console: Console) -> Callable[[Backfill], None]:
    shown: list[tuple[Phase, int, str]] = []

    def step(backfill: Backfill) -> None:
        part = backfill.progress.dealt_with * _STEPS // max(1, backfill.found.occurrences)
        now = backfill.phase, part, backfill.trouble
        if shown != [now]:
            shown[:] = [now]
            console.print(line(backfill), markup=False)

    return step
