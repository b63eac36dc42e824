"""The journal's change log; each function is one operation within its transaction."""

import sqlite3
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from gladly_segment.core.ids import Lane, MessageId, OrganizationId, Seq
from gladly_segment.core.lifecycle import State
from gladly_segment.core.moments import to_moment
from gladly_segment.core.records import Source
from gladly_segment.ports.receipts import Missed, Portion, Standing

_Row: TypeAlias = tuple[Any, ...]

_ATTEMPTS: Final = (
    '(SELECT count(*) FROM attempts AS made WHERE made.seq = receipts.seq AND made."by" = CASE state'
    " WHEN 'received' THEN 'enrich' WHEN 'ready' THEN 'deliver' ELSE (SELECT \"by\" FROM attempts AS latest"
    " WHERE latest.seq = receipts.seq AND latest.\"by\" IN ('enrich', 'deliver') ORDER BY number DESC LIMIT 1) END)"
)
"""By the stage that has a receipt, or had it last."""

_COLUMNS: Final = (
    "seq, organization, lane, event_type, event_id, occurred_at_ms, received_at_ms, entered_at_ms, source, state,"
    f" reason, {_ATTEMPTS}, message_id, body, payload"
)


def head(db: sqlite3.Connection) -> int:
    """Give the number of the latest change."""
    (number,) = db.execute("SELECT max(number) FROM changes").fetchone()
    return number or 0


def last(db: sqlite3.Connection) -> Seq:
    """Give the place of the last receipt."""
    (seq,) = db.execute("SELECT max(seq) FROM receipts").fetchone()
    return Seq(seq or 0)


def after(db: sqlite3.Connection, number: int, limit: int) -> Portion | Missed:
    """Give what changed behind a number."""
    (first,) = db.execute("SELECT min(number) FROM changes").fetchone()
    if number > head(db) or (first is not None and first > number + 1):
        return Missed()
    rows = db.execute("SELECT number, seq FROM changes WHERE number > ? ORDER BY number LIMIT ?", (number, limit))
    changed: dict[int, int] = {seq: each for each, seq in rows.fetchall()}
    receipts = _standing(db, tuple(changed))
    found = {each.seq for each in receipts}
    return Portion(
        until=max(changed.values(), default=number),
        receipts=receipts,
        gone=[Seq(seq) for seq in changed if seq not in found],
    )


def walk(db: sqlite3.Connection, after: Seq, limit: int) -> Sequence[Standing]:
    """Give receipts along the log."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM receipts WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))  # noqa: S608
    return [_receipt(row) for row in rows.fetchall()]


def trim(db: sqlite3.Connection, keep: int, limit: int) -> int:
    """Forget a portion of what is older than the latest `keep` changes; tell of how many."""
    return db.execute(
        "DELETE FROM changes WHERE number IN"
        " (SELECT number FROM changes WHERE number <= (SELECT max(number) FROM changes) - ? ORDER BY number LIMIT ?)",
        (max(keep, 1), limit),
    ).rowcount


def _standing(db: sqlite3.Connection, seqs: Sequence[int]) -> Sequence[Standing]:
    marks = ", ".join("?" * len(seqs))
    rows = db.execute(f"SELECT {_COLUMNS} FROM receipts WHERE seq IN ({marks}) ORDER BY seq", seqs)  # noqa: S608
    return [_receipt(row) for row in rows.fetchall()]


def _receipt(row: _Row) -> Standing:
    return Standing(
        seq=Seq(row[0]),
        organization=OrganizationId(row[1]),
        lane=Lane(row[2]),
        event_type=row[3],
        event_id=row[4],
        occurred_at=None if row[5] is None else to_moment(row[5]),
        received_at=to_moment(row[6]),
        entered_at=to_moment(row[7]),
        source=Source(row[8]),
        state=State(row[9]),
        reason=row[10],
        attempts=row[11],
        message_id=MessageId(row[12]),
        body=row[13],
        payload=row[14],
    )
