"""When reports were asked for: their limit holds for all processes and over the death of one."""

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from gladly_segment.core.errors import BackfillsUnavailableError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.moments import to_moment, to_ms
from gladly_segment.spool.file import File

_KEPT: Final = timedelta(minutes=2)


class SqliteReportDiary:
    """The diary of one organization's reports. Where the file cannot be used, nothing is known and nothing noted."""

    def __init__(self, file: File, organization: OrganizationId) -> None:
        self._file = file
        self._organization = organization

    async def asked(self, since: datetime) -> Sequence[datetime]:
        """See the protocol."""

        def work(db: sqlite3.Connection) -> Sequence[datetime]:
            rows = db.execute(
                "SELECT at_ms FROM reports WHERE organization = ? AND at_ms >= ? ORDER BY at_ms",
                (self._organization, to_ms(since)),
            )
            return [to_moment(at_ms) for (at_ms,) in rows]

        with suppress(BackfillsUnavailableError):
            return await self._file.run(work)
        return ()

    async def note(self, at: datetime) -> None:
        """See the protocol."""

        def work(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM reports WHERE at_ms < ?", (to_ms(at - _KEPT),))
            db.execute("INSERT INTO reports VALUES (?, ?)", (self._organization, to_ms(at)))

        with suppress(BackfillsUnavailableError):
            await self._file.run(work)
