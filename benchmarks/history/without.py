"""`gladly-segment` without a history: nobody follows the journal, and pages tell that there is none."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from gladly_segment.cli import main
from gladly_segment.history import Bell, SqliteHistory
from gladly_segment.ports.history import History
from gladly_segment.ports.receipts import Changes
from gladly_segment.service import run


@asynccontextmanager
async def _not_followed(data_dir: Path, changes: Changes, *_: object) -> AsyncGenerator[History]:
    yield SqliteHistory(data_dir, changes.head, Bell())


if __name__ == "__main__":
    run.followed = _not_followed
    main()
