import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest

from gladly_segment.cli import main
from gladly_segment.journals.sqlite import SqliteJournal, open_journal
from tests.support.clock import ManualClock

WIDE = "250"


class Ended:
    """What a command printed, and how it ended."""

    def __init__(self, status: object, out: str, err: str) -> None:
        self.status = status
        self.out = out
        self.err = err

    @property
    def documents(self) -> Sequence[Any]:
        """The JSON documents that it printed, one a line."""
        assert self.err == ""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def complaint(self) -> str:
        """What is wrong, on a line of its own; nothing was printed."""
        assert (self.status, self.out) == (2, ""), self.err
        assert self.err.startswith("error: ")
        return self.err.removeprefix("error: ").splitlines()[0]


Command = Callable[..., Coroutine[Any, Any, Ended]]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
async def service(data_dir: Path) -> AsyncIterator[SqliteJournal]:
    """The journal that a service works on while the commands run."""
    journal = await open_journal(data_dir, ManualClock())
    yield journal
    await journal.close()


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], data_dir: Path) -> Command:
    """`gladly-segment` with arguments, on the data directory, on a wide terminal."""
    monkeypatch.setenv("COLUMNS", WIDE)

    def run(*arguments: object) -> Ended:
        place = () if "--data-dir" in arguments else ("--data-dir", data_dir)
        monkeypatch.setattr(sys, "argv", ["gladly-segment", *map(str, (*arguments, *place))])
        with pytest.raises(SystemExit) as exit_:
            main()
        out, err = capsys.readouterr()
        return Ended(exit_.value.code, out, err)

    async def run_beside(*arguments: object) -> Ended:
        return await asyncio.to_thread(run, *arguments)

    return run_beside
