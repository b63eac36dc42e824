"""The journal's files damaged while the service is down: found, named, and nothing skipped; a backup mends it."""

import random
import shutil
import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TypeAlias

from gladly_segment.journals.sqlite.connect import FILE_NAME
from gladly_segment.sandbox.faults import FaultRule
from tests.system.chaos.process import run_command
from tests.system.chaos.scenario import API, Scenario, gladly_fails
from tests.system.chaos.world import World

Damage: TypeAlias = Callable[[Path, random.Random], tuple[str, ...]]
"""Damages the database at a path; gives the words that the service must say."""

_PAGE_BYTES = 4096


def _refuses(damage: Damage) -> Scenario:
    async def scenario(here: World, draws: random.Random) -> None:
        async with _unsettled(here, draws):
            await here.service.stop()
        database = here.data_dir / FILE_NAME
        sound = shutil.copy(database, here.folder / "sound")
        words = damage(database, draws)
        ended = await run_command("serve", "--config", str(here.settings))
        ended.refused("damaged", *words)
        restored = await run_command("restore", str(sound), "--data-dir", str(here.data_dir), "--force")
        assert restored.status == 0, restored.errors
        await here.start()

    return scenario


async def _torn_log(here: World, draws: random.Random) -> None:
    async with _unsettled(here, draws):
        await here.service.kill()
    # Cutting the log would take away what was acknowledged: no software can bring that back.
    with (here.data_dir / f"{FILE_NAME}-wal").open("ab") as log:
        assert log.tell() > 0, "the log is empty"
        log.write(draws.randbytes(_PAGE_BYTES + draws.randrange(_PAGE_BYTES)))
    await here.start()


def _scribble_on_page(database: Path, draws: random.Random) -> tuple[str, ...]:
    with database.open("r+b") as file:
        page = draws.choice(_pages_in_use(database))
        file.seek((page - 1) * _PAGE_BYTES)
        file.write(draws.randbytes(_PAGE_BYTES))
    return ()


def _scribble_on_all(database: Path, draws: random.Random) -> tuple[str, ...]:
    with database.open("r+b") as file:
        file.write(draws.randbytes(database.stat().st_size))
    return ()


def _flip_a_byte(database: Path, draws: random.Random) -> tuple[str, ...]:
    with closing(sqlite3.connect(database)) as connection, connection:
        rows = connection.execute("SELECT seq, body FROM receipts WHERE state IN ('received', 'ready')").fetchall()
        seq, body = draws.choice(rows)
        at = draws.randrange(len(body))
        flipped = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        connection.execute("UPDATE receipts SET body = ? WHERE seq = ?", (flipped, seq))
    return (f"receipt {seq} ",)


def _pages_in_use(database: Path) -> list[int]:
    with closing(sqlite3.connect(database)) as connection:
        roots = connection.execute("SELECT rootpage FROM sqlite_schema WHERE rootpage > 0").fetchall()
    return [root for (root,) in roots]


@asynccontextmanager
async def _unsettled(here: World, draws: random.Random) -> AsyncGenerator[None]:
    """Have events acknowledged that cannot be settled, until the service has gone."""
    await here.play(3, draws)
    async with gladly_fails(here, FaultRule(kind="status", path_prefix=API, status=503)):
        await here.play(8, draws)
        await here.handed_over()
        yield


DAMAGES: dict[str, Scenario] = {
    "Damage: a page of the database": _refuses(_scribble_on_page),
    "Damage: all of the database": _refuses(_scribble_on_all),
    "Damage: a byte of a stored body": _refuses(_flip_a_byte),
    "Damage: garbage at the end of the log": _torn_log,
}
