"""`gladly-segment tail`: events as they come and change."""

import sys
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from gladly_segment.cli.events import (
    EventType,
    Reason,
    Slower,
    States,
    Words,
    print_events,
    search_for,
    standing,
    with_history,
)
from gladly_segment.cli.journal import AsJson, Config, DataDir, Organization
from gladly_segment.cli.pipes import give_up_stdout
from gladly_segment.core.errors import HistoryUnavailableError
from gladly_segment.core.lifecycle import State
from gladly_segment.core.moments import format_moment
from gladly_segment.debugger.events.following import TooFarBehind, step
from gladly_segment.ports.history import Event, History, Search
from gladly_segment.service.clock import SystemClock

_BEFORE: Final = 10
_AGAIN_AFTER_S: Final = 1.0
_STYLES: Final = {State.DELIVERED: "green", State.PARKED: "red", State.RECEIVED: "yellow", State.READY: "yellow"}


def tail_command(
    *,
    text: Words = "",
    organization: Organization = None,
    type: EventType = None,  # noqa: A002 - the option's own name
    state: States = (),
    reason: Reason = None,
    slower: Slower = None,
    json: AsJson = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> int:
    """Show the latest ten events, then follow: a line for each event that comes or changes, until Ctrl-C.

    Works while the service runs, and goes on when it was restarted. Exit status 1 when nobody reads it any more.
    """
    search = search_for(text, organization, type, state, reason, None, None, slower)
    tail = _Tail(search, json=json)
    try:
        with_history(config, data_dir, tail.follow)
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:
        give_up_stdout()
    return 1


class _Tail:
    """What is followed, and how it is printed."""

    def __init__(self, search: Search, *, json: bool) -> None:
        self._search = search
        self._json = json
        self._console = Console(soft_wrap=True, highlight=False)

    async def follow(self, history: History) -> None:
        """Print without end. Raises HistoryUnavailableError when it cannot begin."""
        after = await history.head()
        found = await history.search(self._search, _BEFORE)
        # Those that changed meanwhile come again, with what is followed.
        self._print([each for each in reversed(found.events) if each.revision <= after])
        while True:
            try:
                after = await self._go_on(history, after)
            except HistoryUnavailableError as error:
                _note(f"{error.message}; waiting")
                await SystemClock().sleep(_AGAIN_AFTER_S)

    async def _go_on(self, history: History, after: int) -> int:
        found = await step(history, self._search, after, too_far=None)
        if isinstance(found, TooFarBehind):
            _note("the history was made anew; what changed meanwhile is not shown")
            return found.head
        self._print(found.events)
        if not found.events:
            await history.changed(found.until)
        return found.until

    def _print(self, events: Sequence[Event]) -> None:
        if self._json:
            print_events(events)
            return
        for event in events:
            self._console.print(_line(event))
        sys.stdout.flush()


def _line(event: Event) -> Text:
    took = "" if event.latency_ms is None else f" in {event.latency_ms / 1_000:.3f} s"
    tried = f" after {event.attempts} failed attempts" if event.attempts else ""
    who = " ".join(part for part in (event.customer_name, event.customer) if part)
    return Text.assemble(
        format_moment(event.received_at),
        (f" #{event.seq} ", "bold"),
        f"{event.organization} {event.event or event.event_type} ",
        (f"{standing(event)}{took}{tried}", _STYLES.get(event.state, "dim")),
        f"  {event.conversation or ''} {who}".rstrip(),
    )


def _note(text: str) -> None:
    Console(stderr=True, soft_wrap=True, highlight=False).print(text, style="dim", markup=False)
