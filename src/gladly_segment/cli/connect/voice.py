"""How `connect` speaks: prompts for a person, lines for a person or a program."""

import sys
from collections.abc import Callable
from typing import Final

import msgspec
from rich.console import Console
from rich.text import Text

from gladly_segment.cli.ready import announce
from gladly_segment.connect.wish import Outcome, Step, Told
from gladly_segment.core.errors import ConnectRefusedError, GladlySegmentError

INTERRUPTED: Final = 130
"""The exit status of what SIGINT ended."""

_MARKS: Final = {
    Outcome.OK: ("✓", "green"),
    Outcome.CHANGED: ("✓", "green"),
    Outcome.UNCHANGED: ("=", "dim"),
    Outcome.SKIPPED: ("–", "yellow"),
}


class ShownStep(msgspec.Struct, frozen=True):
    """A step as JSON."""

    step: Step
    outcome: Outcome
    detail: str


class ShownRefusal(msgspec.Struct, frozen=True):
    """What stood in the way, as JSON; `reason` is the error's code where it has no finer one."""

    refused: str
    message: str
    hint: str


class Voice:
    """Tells what is done as it is done."""

    def __init__(self, *, json: bool) -> None:
        self.json = json
        self._console = Console(highlight=False, markup=False, soft_wrap=True)

    def tell(self, told: Told) -> None:
        """Tell of a step."""
        if self.json:
            _print_json(ShownStep(told.step, told.outcome, told.detail))
            return
        mark, style = _MARKS[told.outcome]
        self._console.print(
            Text.assemble((mark, style), " ", (f"{told.step.replace('_', ' ')}: ", "bold"), told.detail)
        )

    def say(self, text: str) -> None:
        """Say something to a person; programs are told steps only."""
        if not self.json:
            self._console.print(text)

    def complain(self, error: GladlySegmentError) -> None:
        """Tell a person what is wrong, who may then try again."""
        self._console.print(Text.assemble(("✗ ", "bold red"), error.message, (f"\n  {error.hint}", "dim")))

    def refuse(self, error: GladlySegmentError) -> None:
        """Tell a program what stood in the way; a person reads it as the error that ends the command."""
        if self.json:
            reason = error.reason if isinstance(error, ConnectRefusedError) else error.code
            _print_json(ShownRefusal(reason, error.message, error.hint))

    def announce(self, url: str, admin: str) -> None:
        """Tell where the service listens."""
        if self.json:
            announce(url, admin)
        else:
            self.tell(Told(Step.SERVICE, Outcome.OK, f"it listens on {url}, for you on {admin}"))


def is_terminal() -> bool:
    """Tell whether a person can be asked."""
    return sys.stdin.isatty()


def guarded(voice: Voice, work: Callable[[], int], *, stopped: str) -> int:
    """Do something that a person may stop at any moment; a program is told of errors too."""
    try:
        return work()
    except (KeyboardInterrupt, EOFError):
        voice.say(f"\n{stopped}")
        return INTERRUPTED
    except GladlySegmentError as error:
        voice.refuse(error)
        raise


def _print_json(document: msgspec.Struct) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(document) + b"\n")
    sys.stdout.flush()
