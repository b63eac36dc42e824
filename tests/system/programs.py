"""Processes of `gladly-segment`, as an operator runs them: started, stopped, killed, and never left behind."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec

from tests.system.forked import Forked, fork

MODULE = ("-m", "gladly_segment")

FORKED = ()
"""The same, forked from a process that has imported it: for what is not itself on trial, and starts often."""

_START_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 40.0


class NotStartedError(Exception):
    """A program ended, or said something else, before it told where it listens."""

    def __init__(self, status: int | None, log: Path) -> None:
        super().__init__(status, log)
        self.status = status
        self._log = log

    @property
    def last_words(self) -> str:
        """All that it logged."""
        return self._log.read_text()


class _Ready(msgspec.Struct):
    ready: bool
    url: str
    admin: str = ""


class Program:
    """A process that listens at `url`, and at `admin` if it has such a listener."""

    def __init__(self, process: Process | Forked) -> None:
        self.url = ""
        self.admin = ""
        self.process = process

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    async def stop(self) -> int:
        """Send SIGTERM and give the exit status."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(_STOP_TIMEOUT_S):
            return await self.process.wait()

    async def kill(self) -> None:
        """Send SIGKILL, if it still runs, and wait for its end."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


async def start(
    *arguments: str, log: Path, program: tuple[str, ...] = MODULE, variables: Mapping[str, str] | None = None
) -> Program:
    """Start a program and wait until it listens; what it logs is added to a file. Raises NotStartedError."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GLADLY_SEGMENT_")}
    environment = {**own, **(variables or {})}
    if program == FORKED:
        process = await fork(arguments, log, environment)
    else:
        process = await _execute(program, arguments, log, environment)
    assert process.stdout is not None
    starting = Program(process)
    try:
        async with asyncio.timeout(_START_TIMEOUT_S):
            line = await process.stdout.readline()
            if line:
                ready = msgspec.json.decode(line, type=_Ready)
                starting.url, starting.admin = ready.url, ready.admin
                return starting
            # It is about to end by itself: a signal now could make its status unknown.
            await process.wait()
    except (msgspec.DecodeError, TimeoutError):
        await starting.kill()
    raise NotStartedError(process.returncode, log)


async def _execute(
    program: tuple[str, ...], arguments: Sequence[str], log: Path, environment: Mapping[str, str]
) -> Process:
    with log.open("ab") as file:
        return await asyncio.create_subprocess_exec(
            sys.executable, *program, *arguments, stdin=DEVNULL, stdout=PIPE, stderr=file, env=environment
        )


@asynccontextmanager
async def running(*arguments: str, log: Path, program: tuple[str, ...] = MODULE) -> AsyncGenerator[Program]:
    """Run a program while the block lasts."""
    running = await start(*arguments, log=log, program=program)
    try:
        yield running
    finally:
        await running.kill()
