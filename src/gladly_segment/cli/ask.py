"""Questions that only a person can answer."""

import sys

from rich.console import Console

from gladly_segment.core.errors import InputError


def confirmed(question: str) -> bool:
    """Ask before what cannot be undone. Raises InputError when nobody is there to ask."""
    if not sys.stdin.isatty():
        raise InputError("this cannot be undone, and nobody is there to ask", hint="give --yes")
    try:
        answer = Console().input(f"{question} [y/N] ", markup=False)
    except EOFError:
        return False
    return answer.strip().lower() in ("y", "yes")
