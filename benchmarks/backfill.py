"""`make bench-backfill`: how fast the past comes in where no vendor limits it, and what memory that takes."""

import asyncio
import os
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import aiohttp
import msgspec
from rich.console import Console
from rich.table import Table

from gladly_segment.cli.demo.processes import Started, started
from gladly_segment.cli.ready import Ready
from gladly_segment.core.backfill import Order
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.past import Span
from gladly_segment.service.backfilling import backfilling

SIZES: Final = (10_000, 100_000)
CONVERSATIONS_A_CUSTOMER: Final = 3
SPAN: Final = timedelta(days=49)
"""Seven weeks are seven reports: more would wait for Gladly's limit on reports."""

_BEFORE_NOW: Final = timedelta(days=2)
_LOOK_EVERY_S: Final = 0.5
_STUCK_AFTER_S: Final = 60
_KB_IN_MB: Final = 1024


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What bringing in so many occurrences took, from the first that was accepted to the last."""

    conversations: int
    occurrences: int
    seconds: float
    processor_s: float
    idle_mb: float
    peak_mb: float


class _Occurrence(msgspec.Struct):
    kind: str


class _Books(msgspec.Struct):
    occurrences: list[_Occurrence]


async def main(sizes: Sequence[int]) -> None:
    """Measure each size in a world of its own, and print one table."""
    _print([await _measure(size) for size in sizes])


async def _measure(conversations: int) -> Measured:
    with tempfile.TemporaryDirectory(prefix="gladly-segment-bench-") as name:
        folder = Path(name)
        async with (
            started("Gladly", "sandbox", "gladly", "--rate-limit-per-s", "100000", logs=folder) as gladly,
            started("Segment", "sandbox", "segment", "--write-key=key-acme", logs=folder) as segment,
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=600)) as http,
        ):
            (folder / "gladly-segment.toml").write_text(_settings(folder, gladly.url, segment.url))
            until = datetime.fromtimestamp(int(time.time()), UTC) - _BEFORE_NOW
            occurrences = await _seed(http, gladly, until, conversations)
            async with _service(folder) as service:
                return await _bring_in(_Bench(http, segment, service, folder), until, conversations, occurrences)


class _Bench(msgspec.Struct, frozen=True):
    http: aiohttp.ClientSession
    segment: Started
    service: Process
    folder: Path


async def _bring_in(bench: _Bench, until: datetime, conversations: int, occurrences: int) -> Measured:
    idle_mb = _memory_mb(bench.service.pid, "VmRSS")
    async with backfilling(bench.folder / "data") as backfills:
        await backfills.order(Order(organization=OrganizationId("acme"), span=Span(until - SPAN, until)))
    await _stored(bench, 1)
    began, worked = time.perf_counter(), _processor_s(bench.service.pid)
    await _stored(bench, occurrences)
    return Measured(
        conversations=conversations,
        occurrences=occurrences,
        seconds=time.perf_counter() - began,
        processor_s=_processor_s(bench.service.pid) - worked,
        idle_mb=idle_mb,
        peak_mb=_memory_mb(bench.service.pid, "VmHWM"),
    )


async def _seed(http: aiohttp.ClientSession, gladly: Started, until: datetime, conversations: int) -> int:
    order = {
        "since": (until - SPAN).isoformat(),
        "until": until.isoformat(),
        "conversations": conversations,
        "customers": conversations // CONVERSATIONS_A_CUSTOMER,
        "seed": 1,
        "merged": 0.0,
        "deleted": 0.0,
    }
    async with http.post(f"{gladly.url}/control/past", json=order) as answer:
        answer.raise_for_status()
    async with http.get(f"{gladly.url}/control/ledger") as answer:
        return len(msgspec.json.decode(await answer.read(), type=_Books).occurrences)


async def _stored(bench: _Bench, events: int) -> None:
    """Wait until so many events were accepted. Raises RuntimeError when nothing comes any more."""
    query, before = {"stored": str(events), "timeout_s": str(_STUCK_AFTER_S)}, -1
    while True:
        async with bench.http.get(f"{bench.segment.url}/control/await", params=query) as answer:
            found = msgspec.json.decode(await answer.read(), type=_Reached)
        if found.reached:
            return
        if found.stored == before:
            raise RuntimeError(f"{found.stored} of {events} events arrived, and no more")
        before = found.stored


class _Reached(msgspec.Struct):
    stored: int
    reached: bool


@asynccontextmanager
async def _service(folder: Path) -> AsyncGenerator[Process]:
    with (folder / "service.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gladly_segment", "serve", "--config", str(folder / "gladly-segment.toml")),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=log,
        )
    try:
        if process.stdout is None:
            raise RuntimeError("the service has no standard output")
        msgspec.json.decode(await process.stdout.readline(), type=Ready)
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _processor_s(pid: int) -> float:
    # The fields behind the name in brackets: user and system time are the 12th and 13th of them.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mb(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / _KB_IN_MB


def _settings(folder: Path, gladly: str, segment: str) -> str:
    return (
        f'data_dir = "{folder / "data"}"\nlog_level = "warning"\n[server]\nport = 0\n[admin]\nport = 0\n'
        f'[organizations.acme]\ngladly_url = "{gladly}"\ngladly_user = "api@shop.example"\n'
        f'gladly_token = "sandbox-token"\nsegment_write_key = "key-acme"\nsegment_host = "{segment}"\n'
        'webhook_headers = { X-Key = "key-acme" }\n'
    )


def _print(measured: Sequence[Measured]) -> None:
    columns = ("occurrences a second", "ms of the processor each", "memory before, MB", "peak, MB", "peak, ratio")
    table = Table("conversations", "occurrences", *columns, box=None)
    for each in measured:
        table.add_row(
            f"{each.conversations:,}",
            f"{each.occurrences:,}",
            f"{each.occurrences / each.seconds:,.0f}",
            f"{each.processor_s * 1000 / each.occurrences:.2f}",
            f"{each.idle_mb:.0f}",
            f"{each.peak_mb:.0f}",
            f"{each.peak_mb / measured[0].peak_mb:.2f}",
        )
    Console().print(table)


if __name__ == "__main__":
    asyncio.run(main([int(each) for each in sys.argv[1:]] or SIZES))
