"""The command: reads the history page by page, and writes each before it asks for the next."""

import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import IO, Annotated, Final

from cyclopts import Parameter
from rich.console import Console

from gladly_segment.cli.events import EventType, Reason, Since, Slower, States, Words, search_for, with_history
from gladly_segment.cli.export.forms import CommaSeparated, Form, JsonLines, Writing
from gladly_segment.cli.export.parquet import Parquet
from gladly_segment.cli.export.place import opened
from gladly_segment.cli.journal import Config, DataDir, Organization
from gladly_segment.cli.pipes import give_up_stdout
from gladly_segment.core.errors import HistoryUnavailableError, InputError
from gladly_segment.debugger.events.page import shown
from gladly_segment.ports.history import History, Search
from gladly_segment.service.history import pages

PORTION: Final = 5_000

_STDOUT: Final = Path("-")
_WRITINGS: Final[Mapping[Form, Callable[[IO[bytes]], Writing]]] = {
    Form.JSONL: JsonLines,
    Form.CSV: CommaSeparated,
    Form.PARQUET: Parquet,
}


def export_command(
    *,
    format: Annotated[Form, Parameter(help="One JSON document a line, CSV, or Parquet.")],  # noqa: A002
    output: Annotated[
        Path, Parameter(help="File to write, or to replace; - is standard output.", allow_leading_hyphen=True)
    ] = _STDOUT,
    text: Words = "",
    organization: Organization = None,
    type: EventType = None,  # noqa: A002 - the option's own name
    state: States = (),
    reason: Reason = None,
    since: Since = None,
    until: Annotated[str | None, Parameter(help="Until when received; by default now.")] = None,
    slower: Slower = None,
    config: Config = None,
    data_dir: DataDir = None,
) -> int:
    """Write events and what became of them for other tools, newest first. Works while the service runs.

    Each event is there once, as it was when it was read; what comes in meanwhile is not. A file has its name once it
    is complete. Exit status 1 when nobody reads it any more.
    """
    search = search_for(text, organization, type, state, reason, since, until, slower)
    file = None if output == _STDOUT else output
    if file is None and format is Form.PARQUET and sys.stdout.isatty():
        raise InputError("Parquet is nothing for a terminal", hint="give --output FILE")
    try:
        with opened(file) as place, _begun(format, place) as writing:
            written = with_history(config, data_dir, lambda history: write_all(history, search, writing))
    except BrokenPipeError:
        give_up_stdout()
        return 1
    if file is not None:
        Console(highlight=False, markup=False, soft_wrap=True).print(f"{file}: {written} events")
    return 0


async def write_all(history: History, search: Search, writing: Writing) -> int:
    """Write every event that matches, and tell how many there were. Raises HistoryUnavailableError or OSError."""
    await _require_whole(history)
    written = 0
    async with aclosing(pages(history, search, PORTION)) as portions:
        async for events in portions:
            writing.write([shown(event) for event in events])
            written += len(events)
    # It may have been emptied meanwhile, and then this is not the end.
    await _require_whole(history)
    return written


@contextmanager
def _begun(form: Form, place: IO[bytes]) -> Generator[Writing]:
    writing = _WRITINGS[form](place)
    try:
        yield writing
    except BaseException:
        writing.abandon()
        raise
    writing.close()


async def _require_whole(history: History) -> None:
    rebuilt = (await history.progress()).rebuilt
    if rebuilt is not None:
        raise HistoryUnavailableError(
            f"the history is being made anew, {rebuilt:.0%} of it is done: events would be missing",
            hint="gladly-segment history status tells when it is done",
        )
