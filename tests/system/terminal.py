"""A terminal with somebody at it, who reads and types."""

import asyncio
import fcntl
import os
import pty
import re
import termios
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

_PATIENCE_S = 30.0
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """Runs one program; `screen` is all that was ever shown."""

    def __init__(self, process: asyncio.subprocess.Process, descriptor: int) -> None:
        self.screen = ""
        self._process = process
        self._descriptor = descriptor
        self._read = 0
        self._grown = asyncio.Event()
        self._raw = b""
        asyncio.get_running_loop().add_reader(descriptor, self._look)

    async def see(self, text: str) -> None:
        """Wait until a text is shown, after what was waited for before."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while (found := self.screen.find(text, self._read)) < 0:
                    self._grown.clear()
                    await self._grown.wait()
        except TimeoutError:
            raise AssertionError(f"{text!r} is not shown after: {self.screen[self._read :]}") from None
        self._read = found + len(text)

    def type(self, line: str) -> None:
        os.write(self._descriptor, f"{line}\n".encode())

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.write(self._descriptor, b"\x03")

    async def end(self) -> int:
        """Wait until the program has ended, and give its exit status."""
        async with asyncio.timeout(_PATIENCE_S):
            return await self._process.wait()

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)

    def _look(self) -> None:
        try:
            self._raw += os.read(self._descriptor, 65_536)
        except OSError:  # the program has ended
            asyncio.get_running_loop().remove_reader(self._descriptor)
            return
        self.screen = _CONTROL.sub("", self._raw.decode(errors="replace")).replace("\r\n", "\n")
        self._grown.set()


@asynccontextmanager
async def at_terminal(
    arguments: Sequence[str], *, variables: Mapping[str, str], directory: Path
) -> AsyncGenerator[Terminal]:
    """Run a program at a terminal of its own while the block lasts."""
    ours, its = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *arguments,
        stdin=its,
        stdout=its,
        stderr=its,
        env=variables,
        cwd=directory,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(its)
    terminal = Terminal(process, ours)
    try:
        yield terminal
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        terminal.close()
