import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from gladly_segment.journals.sqlite import SqliteJournal, open_journal
from tests.support.clock import ManualClock


class Sqlite:
    """What stands behind the journals that a test opens: each one's connection, the newest last."""

    def __init__(self) -> None:
        self.connections: list[sqlite3.Connection] = []

    def pragma(self, name: str) -> Any:
        [value] = self.connections[-1].execute(f"PRAGMA {name}").fetchone()
        return value


@pytest.fixture
def sqlite(monkeypatch: pytest.MonkeyPatch) -> Sqlite:
    behind = Sqlite()
    connect = sqlite3.connect

    def connect_and_tell(*arguments: Any, **options: Any) -> sqlite3.Connection:
        behind.connections.append(connect(*arguments, **options))
        return behind.connections[-1]

    monkeypatch.setattr(sqlite3, "connect", connect_and_tell)
    return behind


OpenJournal = Callable[[], Coroutine[Any, Any, SqliteJournal]]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
async def open_here(data_dir: Path) -> AsyncIterator[OpenJournal]:
    opened: list[SqliteJournal] = []

    async def open_it() -> SqliteJournal:
        opened.append(await open_journal(data_dir, ManualClock()))
        return opened[-1]

    yield open_it
    for journal in opened:
        await journal.close()


@pytest.fixture
async def journal(open_here: OpenJournal, sqlite: Sqlite) -> SqliteJournal:
    return await open_here()
