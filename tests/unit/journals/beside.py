"""A journal at work, a person beside it, and a look into its file."""

import sqlite3
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from gladly_segment.journals.sqlite import SqliteCurator, SqliteJournal, open_curator, open_journal
from tests.support.clock import ManualClock


@asynccontextmanager
async def opened(
    data_dir: Path, clock: ManualClock | None = None, *, max_bytes: int | None = None
) -> AsyncGenerator[SqliteJournal]:
    journal = await open_journal(data_dir, clock or ManualClock(), max_bytes=max_bytes)
    try:
        yield journal
    finally:
        await journal.close()


@asynccontextmanager
async def curating(data_dir: Path, clock: ManualClock | None = None) -> AsyncGenerator[SqliteCurator]:
    curator = await open_curator(data_dir, clock or ManualClock())
    try:
        yield curator
    finally:
        await curator.close()


def ask(data_dir: Path, statement: str, *values: object) -> Sequence[tuple[Any, ...]]:
    """Run a statement on the journal's file."""
    with closing(sqlite3.connect(data_dir / "journal.sqlite", isolation_level=None)) as db:
        return db.execute(statement, values).fetchall()


def content(data_dir: Path) -> Sequence[str]:
    """Give all that the tables hold."""
    with closing(sqlite3.connect(data_dir / "journal.sqlite")) as db:
        return list(db.iterdump())
