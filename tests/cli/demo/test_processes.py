"""Processes of the demo: started, watched and never left behind."""

import asyncio
import contextlib
import json
import os
from pathlib import Path

import aiohttp
import pytest

from gladly_segment.cli.demo.processes import DemoError, Started, started, while_running

SEGMENT = ("sandbox", "segment", "--port", "0")


async def is_listening(process: Started) -> bool:
    with contextlib.suppress(aiohttp.ClientConnectionError):
        async with aiohttp.ClientSession() as http, http.get(f"{process.url}/control/ledger") as answer:
            return answer.status == 200
    return False


async def test_a_process_listens_until_it_drains(tmp_path: Path) -> None:
    async with started("Segment sandbox", *SEGMENT, logs=tmp_path) as process:
        assert await is_listening(process)

        await process.drain()

        assert not await is_listening(process)
        with pytest.raises(DemoError, match="Segment sandbox ended with exit status 0"):
            process.check()


async def test_a_process_does_not_outlive_its_block(tmp_path: Path) -> None:
    async with started("Segment sandbox", *SEGMENT, logs=tmp_path) as process:
        assert await is_listening(process)

    assert not await is_listening(process)


async def test_a_process_that_does_not_start_shows_its_log(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="Service did not say where it listens") as failure:
        async with started("Service", "serve", "--config", str(tmp_path / "missing.toml"), logs=tmp_path):
            pass

    assert "missing.toml" in failure.value.tail()


async def test_work_is_given_up_when_a_process_ends(tmp_path: Path) -> None:
    async with started("Segment sandbox", *SEGMENT, logs=tmp_path) as process:

        async def stop_it_and_work_on() -> None:
            await process.drain()
            await asyncio.Event().wait()

        with pytest.raises(DemoError, match="ended with exit status 0"):
            await while_running(stop_it_and_work_on(), process)


async def test_work_ends_by_itself_while_its_processes_run(tmp_path: Path) -> None:
    done = asyncio.Event()

    async def work() -> None:
        done.set()

    async with started("Segment sandbox", *SEGMENT, logs=tmp_path) as process:
        await while_running(work(), process)
        assert await is_listening(process)

    assert done.is_set()


async def test_the_users_own_settings_do_not_reach_the_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "GLADLY_SEGMENT_LOG_LEVEL", "nonsense")
    settings = tmp_path / "gladly-segment.toml"
    settings.write_text(
        f"data_dir = {json.dumps(str(tmp_path / 'data'))}\n"
        '[server]\nport = 0\n[admin]\nport = 0\n[organizations.shop]\ngladly_user = "u"\ngladly_token = "t"\n'
        'segment_write_key = "k"\nwebhook_username = "w"\nwebhook_passwords = ["p"]\n'
    )

    async with started("Service", "serve", "--config", str(settings), logs=tmp_path) as process:
        await process.drain()
