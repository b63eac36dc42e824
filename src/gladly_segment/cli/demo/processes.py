"""The demo's processes: each is this program again, and says on standard output where it listens."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec

from gladly_segment.cli.ready import Ready

READY_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 30.0

_OWN_SETTINGS = "GLADLY_SEGMENT_"
_TAIL_LINES = 20


class DemoError(Exception):
    """The demo cannot go on. `log` is the file of the process at fault, if there is one."""

    def __init__(self, message: str, log: Path | None = None) -> None:
        super().__init__(message)
        self.log = log

    def tail(self) -> str:
        """The last lines of the log; empty without one."""
        if self.log is None:
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-_TAIL_LINES:])


class Started:
    """A process that listens at `url`, and at `admin` if it has such a listener."""

    def __init__(self, name: str, ready: Ready, log: Path, process: Process) -> None:
        self.url = ready.url
        self.admin = ready.admin
        self._name = name
        self._log = log
        self._process = process

    async def drain(self) -> None:
        """Ask it to stop and wait for it. Raises DemoError when it does not end by itself with exit status 0."""
        self.check()
        self._process.terminate()
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                status = await self._process.wait()
        except TimeoutError:
            raise DemoError(f"{self._name} did not stop within {STOP_TIMEOUT_S:.0f} s", self._log) from None
        if status != 0:
            raise DemoError(f"{self._name} stopped with exit status {status}", self._log)

    def check(self) -> None:
        """Raise DemoError if the process has ended."""
        if self._process.returncode is not None:
            raise DemoError(f"{self._name} ended with exit status {self._process.returncode}", self._log)

    async def ended(self) -> None:
        """Wait until it ends."""
        await self._process.wait()


async def while_running(work: Coroutine[None, None, None], *processes: Started) -> None:
    """Do `work`, and give it up with a DemoError as soon as one of the processes ends."""
    async with asyncio.TaskGroup() as tasks:
        working = tasks.create_task(work)
        endings = [tasks.create_task(process.ended()) for process in processes]
        await asyncio.wait((working, *endings), return_when=asyncio.FIRST_COMPLETED)
        for task in (working, *endings):
            task.cancel()
    for process in processes:
        process.check()


@asynccontextmanager
async def started(name: str, *arguments: str, logs: Path) -> AsyncGenerator[Started]:
    """Run `gladly-segment` with `arguments` until the block is left, and enter the block once it listens.

    What it logs goes to a file in `logs`. Whatever happens, it does not outlive the block. Raises DemoError.
    """
    log = logs / f"{name.lower().replace(' ', '-')}.log"
    with log.open("wb") as log_file:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "gladly_segment",
            *arguments,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=log_file,
            env={key: value for key, value in os.environ.items() if not key.startswith(_OWN_SETTINGS)},
        )
    try:
        yield Started(name, await _ready(process, name, log), log, process)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _ready(process: Process, name: str, log: Path) -> Ready:
    if process.stdout is None:
        raise DemoError(f"{name} has no standard output", log)
    try:
        async with asyncio.timeout(READY_TIMEOUT_S):
            line = await process.stdout.readline()
        return msgspec.json.decode(line, type=Ready)
    except TimeoutError:
        raise DemoError(f"{name} did not listen within {READY_TIMEOUT_S:.0f} s", log) from None
    except msgspec.DecodeError:
        raise DemoError(f"{name} did not say where it listens", log) from None
