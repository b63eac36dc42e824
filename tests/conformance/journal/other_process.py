"""Another process that works on a journal, to be killed."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tests.conformance.journal.harness import Driver

_ROOT: Final = Path(__file__).parents[3]


class OtherProcess:
    """A process that says what its journal acknowledged, a line each; see `child`."""

    def __init__(self, process: Process, output: asyncio.StreamReader) -> None:
        self._process = process
        self._output = output
        self._lines: list[bytes] = []

    async def says(self, lines: int) -> None:
        """Wait until it has said so much."""
        async with asyncio.timeout(60):
            while len(self._lines) < lines:
                line = await self._output.readline()
                if not line:
                    raise RuntimeError("the other process ended by itself")
                self._lines.append(line)

    async def kill(self) -> Sequence[str]:
        """Kill it with SIGKILL; give all that it said until then."""
        self._process.kill()
        self._lines += (await self._output.read()).splitlines(keepends=True)
        await self._process.wait()
        # A line that it was killed in the midst of is none.
        return [line.decode().strip() for line in self._lines if line.endswith(b"\n")]


@asynccontextmanager
async def working_elsewhere(driver: Driver, location: str) -> AsyncGenerator[OtherProcess]:
    """Let another process work on a journal: it has opened it, and is killed in the end."""
    arguments = (sys.executable, "-m", "tests.conformance.journal.child", driver.name, location)
    process = await asyncio.create_subprocess_exec(*arguments, cwd=_ROOT, stdout=PIPE)
    if process.stdout is None:
        raise RuntimeError("the other process has no output")
    other = OtherProcess(process, process.stdout)
    try:
        await other.says(1)
        yield other
    finally:
        if process.returncode is None:
            await other.kill()
