"""`make bench-history`: searches among 1 M and 10 M events, and what a history and an open page cost the stages."""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.history.building import build
from benchmarks.history.ingesting import measure, summed_up
from benchmarks.history.searching import Took, ask_all
from gladly_segment.history.file import size_bytes

SIZES = (1_000_000, 10_000_000)
COLD, WARM = 10, 40
AT_MOST_MS = 200


def main() -> None:
    """Measure the stages, then build, ask and print for each size given, or for all."""
    console = Console(soft_wrap=True)
    console.print(summed_up(asyncio.run(measure())))
    for events in [int(each) for each in sys.argv[1:]] or SIZES:
        with tempfile.TemporaryDirectory(prefix="gladly-segment-bench-") as folder:
            data_dir = Path(folder)
            seconds = build(data_dir, events, lambda there, after: console.print(f"{there} events, {after:.0f} s"))
            console.print(f"{events} events: {seconds:.0f} s, {size_bytes(data_dir) / events:.0f} bytes each")
            _print(console, asyncio.run(ask_all(data_dir, events, COLD, WARM)))


def _print(console: Console, asked: Sequence[Took]) -> None:
    table = Table("search, ms", "p50", "p95", "max", "processor p95", "cold p50", "cold max", box=None)
    for took in asked:
        warm = (_at(took.warm, 0.5), _at(took.warm, 0.95), took.warm[-1])
        figures = (*warm, _at(took.worked, 0.95), _at(took.cold, 0.5), took.cold[-1])
        table.add_row(took.kind, *(f"{each:.1f}" for each in figures))
    console.print(table)
    slow = [took.kind for took in asked if _at(took.warm, 0.95) > AT_MOST_MS]
    console.print(f"above {AT_MOST_MS} ms: {', '.join(slow) or 'none'}")


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


if __name__ == "__main__":
    main()
