"""`make bench-journal`: interleaved rounds of the receiver with and without storage, then backlogs worked off."""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.journal.drain import DRAINED, Drained
from benchmarks.journal.load import Measured

T = TypeVar("T")

ROUNDS = 3
REQUESTS = 12_800
BACKLOGS = (10_000, 1_000_000)


class _Ready(msgspec.Struct):
    url: str


def main() -> None:
    """Run everything and print one table."""
    with tempfile.TemporaryDirectory(prefix="gladly-segment-bench-", dir=os.environ.get("BENCH_DIR")) as folder:
        plain: list[Measured] = []
        durable: list[Measured] = []
        for number in range(ROUNDS):
            plain.append(_acknowledge(None))
            durable.append(_acknowledge(Path(folder) / f"acknowledge-{number}"))
        drains = [_run(Drained, "drain", str(Path(folder) / f"drain-{size}"), str(size)) for size in BACKLOGS]
    _print(plain, durable, drains)


def _acknowledge(data_dir: Path | None) -> Measured:
    with _server(data_dir) as port:
        _run(Measured, "load", str(port), str(REQUESTS // 10))
        return _run(Measured, "load", str(port), str(REQUESTS))


@contextmanager
def _server(data_dir: Path | None) -> Generator[int]:
    arguments = [] if data_dir is None else [str(data_dir)]
    with subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "benchmarks.journal.server", *arguments], stdout=subprocess.PIPE
    ) as process:
        if process.stdout is None:
            raise RuntimeError("the server has no standard output")
        ready = msgspec.json.decode(process.stdout.readline(), type=_Ready)
        try:
            yield int(ready.url.rpartition(":")[2])
        finally:
            process.kill()


def _run(type_: type[T], module: str, *arguments: str) -> T:
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", f"benchmarks.journal.{module}", *arguments], check=True, stdout=subprocess.PIPE
    )
    return msgspec.json.decode(done.stdout, type=type_)


def _print(plain: Sequence[Measured], durable: Sequence[Measured], drains: Sequence[Drained]) -> None:
    table = Table("figure", "measured", "compared with", "ratio", title="SQLite journal", box=None)
    for name, values in (
        (
            "webhooks acknowledged a second",
            [(each.per_s, other.per_s) for each, other in zip(durable, plain, strict=True)],
        ),
        (
            "p50 of an acknowledgement, ms",
            [(each.p50_ms, other.p50_ms) for each, other in zip(durable, plain, strict=True)],
        ),
        (
            "p99 of an acknowledgement, ms",
            [(each.p99_ms, other.p99_ms) for each, other in zip(durable, plain, strict=True)],
        ),
    ):
        ours, theirs = (statistics.median(side) for side in zip(*values, strict=True))
        table.add_row(f"{name}, durable", f"{ours:,.1f}", f"{theirs:,.1f} without storage", f"{ours / theirs:.2f}")
    small, large = drains
    table.add_row(
        f"events a second, the first {DRAINED:,} of {BACKLOGS[1]:,}",
        f"{large.per_s:,.0f}",
        f"{small.per_s:,.0f} of {BACKLOGS[0]:,}",
        f"{large.per_s / small.per_s:.2f}",
    )
    table.add_row(
        f"peak memory with {BACKLOGS[1]:,} pending, MB",
        f"{large.peak_rss_mb:.0f}",
        f"{small.peak_rss_mb:.0f} with {BACKLOGS[0]:,}",
        f"{large.peak_rss_mb / small.peak_rss_mb:.2f}",
    )
    Console().print(table)


if __name__ == "__main__":
    main()
