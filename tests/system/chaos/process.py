"""The service as a child process: the victim that comes and goes, and the product's own command."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

import msgspec

from gladly_segment.cli.ready import Ready
from tests.system.chaos.dooms import Doom

READY_WITHIN_S = 60.0
_ROOT = Path(__file__).parents[3]
_LOG_BYTES = 1_000_000
_LIMITED = """\
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


class Ended(msgspec.Struct, frozen=True):
    """How a command ended, and what it said on standard error."""

    status: int
    errors: str

    def refused(self, *words: str) -> None:
        """Check that it ended with exit status 2 and one sentence that holds these words."""
        assert self.status == 2, f"exit status {self.status}: {self.errors[-2000:]}"
        assert self.errors.count("error: ") == 1, self.errors[-2000:]
        assert "Traceback" not in self.errors, self.errors[-2000:]
        assert all(word in self.errors for word in words), self.errors[-2000:]


async def run_command(*arguments: str, full_disk: bool = False) -> Ended:
    """Run `gladly-segment` to its end; with `full_disk` it can write to no file, whoever runs it."""
    program = ("-m", "gladly_segment", *arguments)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *(("-c", _LIMITED, *program) if full_disk else program),
        stdin=DEVNULL,
        stdout=DEVNULL,
        stderr=PIPE,
        cwd=_ROOT,
    )
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            _, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Ended(await process.wait(), errors.decode(errors="replace"))


class Service:
    """The victim process, one life after the other."""

    def __init__(self, settings: Path, log: Path) -> None:
        self._settings = settings
        self._log = log
        self.admin = ""
        self._process: Process | None = None

    @property
    def pid(self) -> int:
        """The running process."""
        return self._running().pid

    @property
    def alive(self) -> bool:
        """Whether there is one."""
        return self._process is not None and self._process.returncode is None

    async def start(self, doom: Doom, steps: int) -> None:
        """Start a life and wait until it listens, or is dead by its own hand.

        Raises RuntimeError with the end of its log when it ends otherwise.
        """
        with self._log.open("ab") as log:
            if log.tell() > _LOG_BYTES:
                log.truncate(0)
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.system.chaos.victim", str(self._settings), doom, str(steps)),
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=log,
                cwd=_ROOT,
            )
        assert self._process.stdout is not None
        async with asyncio.timeout(READY_WITHIN_S):
            line = await self._process.stdout.readline()
            if not line and await self._process.wait() != -signal.SIGKILL:
                raise RuntimeError(f"the service did not start: {self.log_end()}")
        self.admin = msgspec.json.decode(line, type=Ready).admin if line else ""

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    async def ended(self, within_s: float) -> int | None:
        """Wait for the end; None when it does not come in time."""
        try:
            async with asyncio.timeout(within_s):
                return await self._running().wait()
        except TimeoutError:
            return None

    async def kill(self) -> None:
        """`kill -9`, if it is not dead."""
        if self.alive:
            self._running().kill()
        await self._running().wait()

    async def stop(self) -> None:
        """SIGTERM. Raises RuntimeError when the service does not drain."""
        self.signal(signal.SIGTERM)
        if (status := await self.ended(READY_WITHIN_S)) != 0:
            raise RuntimeError(f"the service did not drain but ended with {status}: {self.log_end()}")

    def log_end(self) -> str:
        """The last that it said."""
        return self._log.read_text(errors="replace")[-3000:]

    def _running(self) -> Process:
        assert self._process is not None, "no service was started"
        return self._process
