"""Journals as files: filled, damaged, on a full disk, and looked into."""

import asyncio
import resource
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.support.receipts import receipt
from tests.unit.journals.beside import opened


@contextmanager
def full_disk() -> Generator[None]:
    """Let the kernel refuse whatever this process writes to a file beyond its first byte."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def fill(data_dir: Path, *keys: str, body: bytes = b"{}") -> None:
    async with opened(data_dir) as journal:
        await asyncio.gather(*(journal.append(receipt(key, body=body)) for key in keys))


def keys_in(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as db:
        return [key for (key,) in db.execute("SELECT key FROM receipts ORDER BY seq")]


def names_in(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def mode_of(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)


def damage(file: Path) -> None:
    with file.open("r+b") as written:
        written.seek(file.stat().st_size // 2)
        written.write(b"\xff" * 8192)
