"""What every change of the journal's tables keeps right: counters, histories, lanes, checksums, times."""

import sqlite3
import zlib
from collections.abc import Mapping
from typing import Final, TypeAlias

import msgspec

from gladly_segment.core.errors import JournalDamagedError
from gladly_segment.core.ids import Lane, OrganizationId, Seq
from gladly_segment.core.lifecycle import PRIORITIES, Priority, Stage, State, Traffic
from gladly_segment.core.provenance import Fetched, Origin, Resource

DAMAGED_HINT: Final = "stop the service, keep a copy of data_dir, then restore a backup: gladly-segment restore FILE"

TRAFFIC_OF: Final[Mapping[Priority, Traffic]] = {
    priority: traffic for traffic, priorities in PRIORITIES.items() for priority in priorities
}

Woken: TypeAlias = tuple[Stage, OrganizationId, Traffic]
"""A stage of an organization that has something new to claim, or to wait for."""


class Head(msgspec.Struct, frozen=True):
    """The earliest unsettled receipt of a lane."""

    seq: Seq
    state: State
    priority: Priority


class Step(msgspec.Struct, frozen=True):
    """One line of a receipt's history, as stored."""

    at_ms: int
    outcome: str
    reason: str = ""
    detail: str = ""
    due_at_ms: int | None = None


def note_attempt(db: sqlite3.Connection, seq: Seq, by: str, step: Step) -> None:
    """Add a line to a receipt's history."""
    db.execute(
        'INSERT INTO attempts (seq, number, at_ms, "by", outcome, reason, detail, due_at_ms)'
        " VALUES (?, (SELECT coalesce(max(number), 0) + 1 FROM attempts WHERE seq = ?), ?, ?, ?, ?, ?, ?)",
        (seq, seq, step.at_ms, by, step.outcome, step.reason, step.detail, step.due_at_ms),
    )


def promote(db: sqlite3.Connection, organization: OrganizationId, lane: Lane) -> Head | None:
    """Mark the earliest unsettled receipt of a lane as the one to deliver next; give it, if there is one."""
    head = next_in_lane(db, organization, lane)
    if head is None:
        return None
    # Settled receipts are no heads: however many a lane has, only those that wait are looked at.
    db.execute(
        "UPDATE receipts INDEXED BY receipts_unsettled SET is_head = (seq = ?) WHERE organization = ? AND lane = ?"
        " AND state IN ('received', 'ready') AND is_head != (seq = ?)",
        (head.seq, organization, lane, head.seq),
    )
    return head


def next_in_lane(db: sqlite3.Connection, organization: OrganizationId, lane: Lane) -> Head | None:
    """Find the earliest unsettled receipt of a lane."""
    row = db.execute(
        "SELECT seq, state, priority FROM receipts INDEXED BY receipts_unsettled WHERE organization = ? AND lane = ?"
        " AND state IN ('received', 'ready') ORDER BY seq LIMIT 1",
        (organization, lane),
    ).fetchone()
    return None if row is None else Head(Seq(row[0]), State(row[1]), Priority(row[2]))


def pull_up(db: sqlite3.Connection, organization: OrganizationId, lane: Lane, priority: Priority) -> bool:
    """Bring the unsettled receipts of a lane to a priority that is smaller than theirs; tell whether there were any."""
    changed = db.execute(
        "UPDATE receipts INDEXED BY receipts_unsettled SET priority = ? WHERE organization = ? AND lane = ?"
        " AND state IN ('received', 'ready') AND priority > ?",
        (priority, organization, lane, priority),
    )
    return changed.rowcount > 0


def count(db: sqlite3.Connection, organization: OrganizationId, state: State, reason: str, change: int) -> None:
    """Note that receipts entered (or, with a negative change, left) a state."""
    db.execute(
        "INSERT INTO tallies (organization, state, reason, count, ever) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (organization, state, reason)"
        " DO UPDATE SET count = count + excluded.count, ever = ever + excluded.ever",
        (organization, state, reason, change, max(0, change)),
    )


def checksum(content: bytes, before: int = 0) -> int:
    """Sum up what must not change unnoticed: the body, then the payload on top of it."""
    return zlib.crc32(content, before)


def verify(seq: Seq, stored: int | None, body: bytes, payload: bytes) -> None:
    """Compare a receipt with its checksum; what a first version wrote has none. Raises JournalDamagedError."""
    if stored is not None and stored != checksum(payload, checksum(body)):
        raise JournalDamagedError(
            f"receipt {seq} in the journal is damaged: its content does not fit its checksum", hint=DAMAGED_HINT
        )


class _Fetched(msgspec.Struct, frozen=True, array_like=True):
    resource: Resource
    id: str
    origin: Origin
    age_s: float
    found: bool


_all_fetched: Final = msgspec.json.Decoder(tuple[_Fetched, ...])


def write_fetched(fetched: tuple[Fetched, ...]) -> str:
    """Write what was fetched as it is stored: short, and nothing where nothing was."""
    rows = [_Fetched(*msgspec.structs.astuple(each)) for each in fetched]
    return msgspec.json.encode(rows).decode() if rows else ""


def read_fetched(stored: str) -> tuple[Fetched, ...]:
    """Read what `write_fetched` wrote."""
    rows = _all_fetched.decode(stored) if stored else ()
    return tuple(Fetched(**msgspec.structs.asdict(row)) for row in rows)
