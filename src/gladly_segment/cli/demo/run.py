"""One run of the demo, from an empty directory to the verdict."""

import asyncio
import shutil
import signal
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import cast

import aiohttp
import msgspec
from rich.console import Console

from gladly_segment.cli.demo.processes import DemoError, Started, started, while_running
from gladly_segment.cli.demo.progress import showing_progress
from gladly_segment.cli.demo.report import GladlyCalls, Outcome, print_examples, print_outcome
from gladly_segment.cli.demo.service import (
    Secrets,
    ServiceProgress,
    new_secrets,
    register_webhook,
    wait_until_settled,
    write_settings,
)
from gladly_segment.sandbox.audit import GladlyBooks, SegmentBooks, audit
from gladly_segment.sandbox.shop import play_day

GLADLY_RATE_LIMIT_PER_S = 50
"""As a contract may raise it (Gladly fact sheet, access): a whole day is to pass in half a minute."""

GLADLY_TIME_FACTOR = 10
"""A webhook that fails once is sent again after 3 s in place of 30 s."""

IDLE_TIMEOUT_S = 60

INTERRUPTED = 130


class _RequestTotals(msgspec.Struct, frozen=True):
    status: dict[str, int]


class _GladlyRequests(msgspec.Struct, frozen=True, rename="camel"):
    request_totals: _RequestTotals


class _Processes(msgspec.Struct, frozen=True):
    """The three processes."""

    gladly: Started
    segment: Started
    service: Started


async def run_demo(console: Console, *, conversations: int, seed: int) -> int:
    """Play a day of so many conversations and print its reckoning; 0 if every number is right, else 1.

    Ctrl-C and SIGTERM end all three processes and give 130.
    The run's directory, with logs and ledgers, is kept when something is wrong.
    """
    directory = Path(tempfile.mkdtemp(prefix="gladly-segment-demo-"))
    _end_cleanly_on_sigterm()
    try:
        outcome = await _play(console, directory, conversations=conversations, seed=seed)
    except (DemoError, aiohttp.ClientError) as error:
        console.print(f"error: {error}", style="bold red", markup=False, highlight=False)
        if isinstance(error, DemoError):
            console.print(error.tail(), style="dim", markup=False, highlight=False)
    except asyncio.CancelledError:
        shutil.rmtree(directory)
        return INTERRUPTED
    else:
        print_outcome(console, outcome)
        if outcome.ok:
            shutil.rmtree(directory)
            return 0
    console.print(f"logs and ledgers: {directory}", highlight=False, soft_wrap=True)
    return 1


async def _play(console: Console, directory: Path, *, conversations: int, seed: int) -> Outcome:
    known = new_secrets()
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        running = await _start(stack, directory, known, seed)
        console.print(
            f"Gladly {running.gladly.url} → service {running.service.url} → Segment {running.segment.url}",
            highlight=False,
            soft_wrap=True,
        )
        await register_webhook(http, known, gladly_url=running.gladly.url, service_url=running.service.url)
        await _play_day(console, running, conversations=conversations, seed=seed)
        await _get(http, f"{running.gladly.url}/control/idle?timeout_s={IDLE_TIMEOUT_S}")
        progress = await wait_until_settled(http, running.service)
        await running.service.drain()
        gladly, segment = await _ledger(http, running.gladly), await _ledger(http, running.segment)
        (directory / "gladly-ledger.json").write_bytes(gladly)
        (directory / "segment-ledger.json").write_bytes(segment)
        await running.gladly.drain()
        await running.segment.drain()
    return _reckon(console, gladly, segment, progress)


async def _start(stack: AsyncExitStack, directory: Path, known: Secrets, seed: int) -> _Processes:
    async def start(name: str, *arguments: str) -> Started:
        return await stack.enter_async_context(started(name, *arguments, logs=directory))

    access = ("--user", known.gladly_user, "--token", known.gladly_token)
    pace = ("--rate-limit-per-s", f"{GLADLY_RATE_LIMIT_PER_S}", "--time-factor", f"{GLADLY_TIME_FACTOR}")
    gladly = await start("Gladly sandbox", "sandbox", "gladly", *access, *pace, "--seed", f"{seed}")
    segment = await start("Segment sandbox", "sandbox", "segment", "--write-key", known.segment_write_key)
    settings = write_settings(directory, known, gladly_url=gladly.url, segment_url=segment.url)
    return _Processes(gladly, segment, await start("Service", "serve", "--config", str(settings)))


async def _play_day(console: Console, running: _Processes, *, conversations: int, seed: int) -> None:
    try:
        with showing_progress(console, "a day in a shop") as show:
            day = play_day(
                running.gladly.url, running.segment.url, conversations=conversations, seed=seed, on_progress=show
            )
            await while_running(day, running.gladly, running.segment, running.service)
    except ExceptionGroup as errors:
        raise DemoError(f"the day could not be played: {_first(errors)}") from errors


def _reckon(console: Console, gladly: bytes, segment: bytes, progress: ServiceProgress) -> Outcome:
    books = msgspec.json.decode(segment, type=SegmentBooks)
    print_examples(console, books)
    requests = msgspec.json.decode(gladly, type=_GladlyRequests).request_totals.status
    return Outcome(
        report=audit(msgspec.json.decode(gladly, type=GladlyBooks), books, progress.settled),
        ignored=sum(count for (outcome, _), count in progress.settled.items() if outcome == "ignored"),
        pending=progress.pending,
        calls=GladlyCalls(
            total=sum(count for kind, count in requests.items() if kind.startswith("GET ")),
            throttled=requests.get("GET 429", 0),
        ),
    )


async def _ledger(http: aiohttp.ClientSession, sandbox: Started) -> bytes:
    return await _get(http, f"{sandbox.url}/control/ledger")


async def _get(http: aiohttp.ClientSession, url: str) -> bytes:
    async with http.get(url, timeout=aiohttp.ClientTimeout(total=2 * IDLE_TIMEOUT_S)) as answer:
        answer.raise_for_status()
        return await answer.read()


def _first(error: Exception) -> Exception:
    if isinstance(error, ExceptionGroup):
        return _first(cast("ExceptionGroup[Exception]", error).exceptions[0])
    return error


def _end_cleanly_on_sigterm() -> None:
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
