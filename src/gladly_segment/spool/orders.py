"""Backfills in the file: ordered, worked on, ended."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from gladly_segment.core.backfill import UNDER_WAY, Backfill, BackfillNumber, Order, Phase, Reading
from gladly_segment.core.errors import InputError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.moments import format_moment, to_moment, to_ms
from gladly_segment.core.past import Span
from gladly_segment.spool.rows import backfill_of, reading_of

_UNDER_WAY: Final = ", ".join(f"'{phase}'" for phase in sorted(UNDER_WAY))


def order(db: sqlite3.Connection, wanted: Order, now: datetime) -> Backfill:
    """See the port. A span is meant in whole milliseconds."""
    start, end = (to_moment(to_ms(moment)) for moment in (wanted.span.start, wanted.span.end))
    wanted = msgspec.structs.replace(wanted, span=Span(start, end))
    latest = latest_of(db, wanted.organization)
    if latest is not None and latest.phase is not Phase.DONE:
        if latest.order.span == wanted.span:
            return _go_on(db, latest, wanted, now)
        if latest.phase in UNDER_WAY:
            raise _refused(latest)
        if _reaches_further(wanted.span, latest.order.span):
            return _extend(db, latest, wanted, now)
        close(db, latest.number, Phase.STOPPED, now)
    row = (wanted.organization, to_ms(wanted.span.start), to_ms(wanted.span.end), wanted.integrations, wanted.plan_only)
    cursor = db.execute(
        "INSERT INTO backfills (organization, start_ms, end_ms, integrations, plan_only, phase, ordered_at_ms,"
        " changed_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (*row, Phase.GATHERING, to_ms(now), to_ms(now)),
    )
    return the_one(db, BackfillNumber(cursor.lastrowid or 0))


def _refused(latest: Backfill) -> InputError:
    span = latest.order.span
    return InputError(
        f"a backfill of {latest.order.organization} from {format_moment(span.start)} to {format_moment(span.end)}"
        " is under way",
        hint="wait for it, or stop it: gladly-segment backfill stop",
    )


def _reaches_further(wanted: Span, former: Span) -> bool:
    return wanted.start <= former.start and former.end <= wanted.end


def _go_on(db: sqlite3.Connection, latest: Backfill, wanted: Order, now: datetime) -> Backfill:
    plan_only = wanted.plan_only and latest.order.plan_only if latest.phase in UNDER_WAY else wanted.plan_only
    goes_on = latest.phase
    if goes_on not in UNDER_WAY and not (plan_only and goes_on is Phase.PLANNED):
        goes_on = Phase.GATHERING if latest.plan is None or plan_only else Phase.SENDING
    db.execute(
        "UPDATE backfills SET integrations = ?, plan_only = ?, phase = ?, changed_at_ms = ?, trouble = ''"
        " WHERE number = ?",
        (wanted.integrations, plan_only, goes_on, to_ms(now), latest.number),
    )
    return the_one(db, latest.number)


def _extend(db: sqlite3.Connection, latest: Backfill, wanted: Order, now: datetime) -> Backfill:
    db.execute(
        "UPDATE backfills SET start_ms = ?, end_ms = ?, integrations = ?, plan_only = ?, phase = ?, plan = NULL,"
        " changed_at_ms = ?, trouble = '' WHERE number = ?",
        (
            to_ms(wanted.span.start),
            to_ms(wanted.span.end),
            wanted.integrations,
            wanted.plan_only,
            Phase.GATHERING,
            to_ms(now),
            latest.number,
        ),
    )
    return the_one(db, latest.number)


def stop(db: sqlite3.Connection, organization: OrganizationId, now: datetime) -> Backfill | None:
    """See the port."""
    found = under_way(db, organization)
    if found is None:
        return None
    db.execute(
        "UPDATE backfills SET phase = ?, changed_at_ms = ?, trouble = '' WHERE number = ?",
        (Phase.STOPPED, to_ms(now), found.number),
    )
    return the_one(db, found.number)


def close(db: sqlite3.Connection, number: BackfillNumber, as_phase: Phase, now: datetime) -> None:
    """End a backfill for good: its summary stays, everything else of it goes."""
    db.execute(
        "UPDATE backfills SET phase = ?, changed_at_ms = ?, trouble = '' WHERE number = ?",
        (as_phase, to_ms(now), number),
    )
    db.execute("DELETE FROM occurrences WHERE backfill = ?", (number,))


def under_way(db: sqlite3.Connection, organization: OrganizationId) -> Backfill | None:
    """See the port."""
    return next(iter(_find(db, f"organization = ? AND phase IN ({_UNDER_WAY})", organization)), None)


def latest_of(db: sqlite3.Connection, organization: OrganizationId) -> Backfill | None:
    """Give an organization's latest."""
    return next(iter(_find(db, "organization = ? ORDER BY number DESC LIMIT 1", organization)), None)


def latest(db: sqlite3.Connection) -> Sequence[Backfill]:
    """See the port."""
    newest = "number IN (SELECT max(number) FROM backfills GROUP BY organization) ORDER BY organization"
    return _find(db, newest)


def the_one(db: sqlite3.Connection, number: BackfillNumber) -> Backfill:
    """Give the one that has this number."""
    return _find(db, "number = ?", number)[0]


def phase(db: sqlite3.Connection, number: BackfillNumber) -> Phase | None:
    """See the port."""
    row = db.execute("SELECT phase FROM backfills WHERE number = ?", (number,)).fetchone()
    return None if row is None else Phase(row[0])


def read(db: sqlite3.Connection, number: BackfillNumber) -> tuple[Reading, ...]:
    """See the port."""
    rows = db.execute(
        "SELECT start_ms, end_ms, source, why FROM parts WHERE backfill = ? ORDER BY start_ms", (number,)
    ).fetchall()
    return tuple(reading_of(*row) for row in rows)


def _find(db: sqlite3.Connection, which: str, *arguments: Any) -> Sequence[Backfill]:
    cursor = db.execute(f"SELECT * FROM backfills WHERE {which}", arguments)  # noqa: S608 - our own texts
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [backfill_of(row, read(db, BackfillNumber(row["number"]))) for row in rows]
