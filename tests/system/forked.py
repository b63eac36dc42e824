"""Processes of `gladly-segment` that are forked from one which has imported everything: most of a start is imports."""

import asyncio
import multiprocessing
import os
import sys
from asyncio import ReadTransport, StreamReader, StreamReaderProtocol
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Final

from gladly_segment.cli import main

_FORKING: Final = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["gladly_segment.cli"])

_OUT: Final = 1
_ERR: Final = 2


class Forked:
    """One of them, as `asyncio` has its processes."""

    def __init__(self, process: ForkServerProcess, stdout: StreamReader, pipe: ReadTransport) -> None:
        self.stdout = stdout
        self._process = process
        self._pipe = pipe
        self._ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(process.sentinel, self._end)

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode if self._ended.is_set() else None

    def send_signal(self, signal: int, /) -> None:
        """Raises ProcessLookupError when it has ended."""
        if self._ended.is_set():
            raise ProcessLookupError(self.pid)
        os.kill(self.pid, signal)

    async def wait(self) -> int:
        """Wait for its end, and give its status; what it said and nobody read by then is lost."""
        await self._ended.wait()
        self._pipe.close()
        assert self.returncode is not None
        return self.returncode

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self._process.join()
        self._ended.set()


async def fork(arguments: Sequence[str], log: Path, variables: Mapping[str, str]) -> Forked:
    """Start one with these variables and no others; its standard error is added to a file."""
    reader, writer = _FORKING.Pipe(duplex=False)
    with reader, writer:
        # Daemonic: none outlives the tests, whatever becomes of them.
        process = _FORKING.Process(target=_run, args=(tuple(arguments), writer, log, dict(variables)), daemon=True)
        process.start()
        out = os.fdopen(os.dup(reader.fileno()), "rb", buffering=0)
    stdout = StreamReader()
    pipe, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: StreamReaderProtocol(stdout), out)
    return Forked(process, stdout, pipe)


def _run(arguments: Sequence[str], writer: "Connection[Any, Any]", log: Path, variables: Mapping[str, str]) -> None:
    with writer, log.open("ab") as file:
        os.dup2(writer.fileno(), _OUT)
        os.dup2(file.fileno(), _ERR)
    os.environ.clear()
    os.environ.update(variables)
    sys.argv = ["gladly-segment", *arguments]
    main()
