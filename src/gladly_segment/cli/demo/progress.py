"""A bar on a terminal, plain lines elsewhere."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

PLAIN_LINES = 10
"""Into so many parts the way is divided where there is no terminal."""


@contextmanager
def showing_progress(console: Console, title: str) -> Generator[Callable[[int, int], None]]:
    """Show how far something is; the block calls the yielded function with (done, total)."""
    if not console.is_terminal:
        yield _plain_lines(console, title)
        return
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _plain_lines(console: Console, title: str) -> Callable[[int, int], None]:
    shown = 0

    def show(done: int, total: int) -> None:
        nonlocal shown
        part = done * PLAIN_LINES // total
        if part > shown:
            shown = part
            console.print(f"{title}: {done} of {total}", highlight=False)

    return show
