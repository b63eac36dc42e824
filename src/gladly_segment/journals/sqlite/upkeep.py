"""Retention and size; each function is one operation within its transaction."""

import sqlite3
from collections import Counter
from datetime import datetime
from typing import Final

from gladly_segment.journals.sqlite.bookkeeping import count, to_ms

_PORTION: Final = 500
_PAGES_GIVEN_BACK: Final = 2_000


def forget(db: sqlite3.Connection, *, ended_before: datetime, dead_before: datetime) -> int:
    """Delete a portion of what is settled and old; tell how many receipts."""
    # The conditions stand as the partial indexes need them.
    old = db.execute(
        "SELECT seq, organization, state, reason FROM receipts"
        " WHERE state IN ('delivered', 'suppressed', 'ignored', 'dropped') AND entered_at_ms < ?"
        " ORDER BY entered_at_ms LIMIT ?",
        (to_ms(ended_before), _PORTION),
    ).fetchall()
    if not old:
        old = db.execute(
            "SELECT seq, organization, state, reason FROM receipts"
            " WHERE state = 'parked' AND entered_at_ms < ? ORDER BY entered_at_ms LIMIT ?",
            (to_ms(dead_before), _PORTION),
        ).fetchall()
    seqs = [row[:1] for row in old]
    db.executemany("DELETE FROM attempts WHERE seq = ?", seqs)
    db.executemany("DELETE FROM receipts WHERE seq = ?", seqs)
    for (organization, state, reason), gone in Counter(row[1:] for row in old).items():
        count(db, organization, state, reason, -gone)
    return len(old)


def give_back(db: sqlite3.Connection) -> None:
    """Give a portion of the room that forgetting freed back to the disk."""
    (free,) = db.execute("PRAGMA freelist_count").fetchone()
    for _ in range(min(free, _PAGES_GIVEN_BACK)):
        # The pragma gives back one page a step, and sqlite3 takes a single step of a statement without columns.
        db.execute("PRAGMA incremental_vacuum(1)")


def used_bytes(db: sqlite3.Connection) -> int:
    """Tell how much of the file is in use."""
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    (free,) = db.execute("PRAGMA freelist_count").fetchone()
    (page_bytes,) = db.execute("PRAGMA page_size").fetchone()
    return (pages - free) * page_bytes
