"""The whole demo, with a day of a few conversations."""

import io
import tempfile
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest
from rich.console import Console

from gladly_segment.cli.demo import run
from gladly_segment.cli.demo.run import run_demo
from gladly_segment.sandbox.shop import play_day


@pytest.fixture(autouse=True)
def directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the demo makes its directory."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def names_in(directory: Path) -> set[str]:
    return {entry.name for entry in directory.iterdir()}


async def test_a_day_on_which_all_goes_well_leaves_nothing_behind(directories: Path) -> None:
    output = io.StringIO()

    status = await run_demo(Console(file=output, width=120), conversations=10, seed=1)

    assert status == 0, output.getvalue()
    assert '"event": "Gladly Conversation Created"' in output.getvalue()
    assert '"event": "Gladly Conversation Closed"' in output.getvalue()
    assert "a day in a shop: 8 of 8" in output.getvalue()
    assert names_in(directories) == set()


async def test_a_wrong_number_is_exit_status_1_and_keeps_the_ledgers(
    directories: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play_with_a_stranger(
        gladly_url: str,
        segment_url: str,
        *,
        conversations: int,
        seed: int,
        on_progress: Callable[[int, int], None],
    ) -> None:
        await play_day(gladly_url, segment_url, conversations=conversations, seed=seed, on_progress=on_progress)
        async with aiohttp.ClientSession() as http, http.post(f"{segment_url}/v1/track", json={"userId": "u"}):
            pass

    monkeypatch.setattr(run, "play_day", play_with_a_stranger)
    output = io.StringIO()

    status = await run_demo(Console(file=output, width=120), conversations=0, seed=1)

    assert status == 1
    assert "unknown write key" in output.getvalue()
    [kept] = names_in(directories)
    assert {"gladly-ledger.json", "segment-ledger.json", "service.log"} <= names_in(directories / kept)
