"""When an organization's events came, by indexes that are there for other reasons."""

import sqlite3
from datetime import datetime
from functools import partial
from typing import Final

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.moments import to_moment, to_ms
from gladly_segment.core.records import Source
from gladly_segment.core.rhythm import HOURS_NEEDED
from gladly_segment.journals.sqlite.writer import Writer
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.inspector import Pulse

HOUR_MS: Final = 3_600_000
_IN_RHYTHM: Final = "state IN ('delivered', 'suppressed', 'ignored', 'dropped') AND priority < 3"
"""Ended, and not brought in by a backfill; as the partial index needs it."""


class SqlitePulses:
    """The pulses port on a writer that others use as well."""

    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock

    async def pulse(self, organization: OrganizationId) -> Pulse:
        """See the port. An event counts from the moment it ended, which is a second later as a rule."""
        return await self._writer.submit(
            partial(_pulse, organization=organization, this_hour=to_ms(self._clock.now()) // HOUR_MS)
        )


def busy_hours(db: sqlite3.Connection, organization: OrganizationId, this_hour: int) -> tuple[int, ...]:
    """Give the hours since 1970, of those that tell the rhythm, in which any event of an organization ended."""
    return tuple(hour for hour in range(this_hour - HOURS_NEEDED, this_hour + 1) if _is_busy(db, organization, hour))


def last_webhook(db: sqlite3.Connection, organization: OrganizationId) -> datetime | None:
    """Give the moment at which the last event that came by webhook ended."""
    last = db.execute(
        "SELECT entered_at_ms FROM receipts INDEXED BY receipts_in_rhythm"  # noqa: S608 - our own text
        f" WHERE organization = ? AND source = ? AND {_IN_RHYTHM} ORDER BY entered_at_ms DESC LIMIT 1",
        (organization, Source.WEBHOOK),
    ).fetchone()
    return None if last is None else to_moment(last[0])


def _pulse(db: sqlite3.Connection, organization: OrganizationId, this_hour: int) -> Pulse:
    return Pulse(organization, last_webhook(db, organization), busy_hours(db, organization, this_hour))


def _is_busy(db: sqlite3.Connection, organization: OrganizationId, hour: int) -> bool:
    (found,) = db.execute(
        "SELECT EXISTS (SELECT 1 FROM receipts INDEXED BY receipts_in_rhythm"  # noqa: S608 - our own text
        f" WHERE organization = ? AND entered_at_ms >= ? AND entered_at_ms < ? AND {_IN_RHYTHM})",
        (organization, hour * HOUR_MS, (hour + 1) * HOUR_MS),
    ).fetchone()
    return bool(found)
