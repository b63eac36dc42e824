"""A forked process is like one that was executed: it listens, ends with its status, and is killed."""

import os
import signal
from pathlib import Path

import pytest

from tests.system.forked import fork
from tests.system.programs import FORKED, MODULE, NotStartedError, start

SEGMENT = ("sandbox", "segment", "--write-key")


async def test_it_says_where_it_listens_and_ends_as_it_is_told(tmp_path: Path) -> None:
    program = await start(*SEGMENT, "key", log=tmp_path / "log", program=FORKED)

    assert program.port > 0
    assert await program.stop() == 0


async def test_it_is_killed_as_often_as_somebody_likes(tmp_path: Path) -> None:
    program = await start(*SEGMENT, "key", log=tmp_path / "log", program=FORKED)

    await program.kill()
    await program.kill()

    assert program.process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("program", [MODULE, FORKED])
async def test_what_does_not_start_tells_why_and_has_its_status(tmp_path: Path, program: tuple[str, ...]) -> None:
    with pytest.raises(NotStartedError) as refused:
        await start(*SEGMENT, log=tmp_path / "log", program=program)

    assert refused.value.status == 2
    assert "--write-key requires an argument" in refused.value.last_words


async def test_it_has_the_variables_that_it_is_given_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLADLY_SEGMENT_DATA_DIR", str(tmp_path / "another"))
    variables = {**os.environ, "GLADLY_SEGMENT_DATA_DIR": str(tmp_path / "nowhere")}
    process = await fork(("dead", "list"), log=tmp_path / "log", variables=variables)

    assert await process.stdout.read() == b""
    assert await process.wait() == 2
    assert "nowhere" in (tmp_path / "log").read_text()
