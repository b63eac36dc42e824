"""Retention and size; each function is one operation within its transaction."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, TypeAlias

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import State
from gladly_segment.core.moments import to_ms
from gladly_segment.core.organization import Retention
from gladly_segment.journals.sqlite.bookkeeping import checksum, count
from gladly_segment.journals.sqlite.forgotten import remember

_Row: TypeAlias = tuple[int, str, str]

_PORTION: Final = 500
_PAGES_GIVEN_BACK: Final = 2_000

# The conditions stand as the partial indexes need them.
_ENDED: Final = (
    "SELECT seq, state, reason FROM receipts WHERE state IN ('delivered', 'suppressed', 'ignored', 'dropped')"
    " AND organization = ? AND entered_at_ms < ? ORDER BY entered_at_ms LIMIT ?"
)
_DEAD: Final = (
    "SELECT seq, state, reason FROM receipts WHERE state = 'parked'"
    " AND organization = ? AND entered_at_ms < ? ORDER BY entered_at_ms LIMIT ?"
)
_WITH_CONTENT: Final = (
    "SELECT seq, state, reason FROM receipts WHERE state IN ('delivered', 'suppressed', 'ignored', 'dropped')"
    " AND body != x'' AND organization = ? AND entered_at_ms < ? ORDER BY entered_at_ms LIMIT ?"
)
_FORGET_CERTIFICATES: Final = "DELETE FROM certificates WHERE organization = ? AND made_at_ms < ?"


def organizations(db: sqlite3.Connection) -> Sequence[OrganizationId]:
    """Name all organizations that receipts were ever counted for."""
    return [OrganizationId(name) for (name,) in db.execute("SELECT DISTINCT organization FROM tallies").fetchall()]


def forget(db: sqlite3.Connection, organization: OrganizationId, retention: Retention, now: datetime) -> int:
    """Forget a portion of what is settled and old; tell of how many receipts."""
    for find_old, kept, forget_them in (
        (_ENDED, retention.ended, _delete),
        (_DEAD, retention.dead, _delete),
        (_WITH_CONTENT, retention.content, _empty),
    ):
        old = db.execute(find_old, (organization, to_ms(now - kept), _PORTION)).fetchall()
        if old:
            forget_them(db, organization, old)
            return len(old)
    kept = max(retention.ended, retention.dead)
    db.execute(_FORGET_CERTIFICATES, (organization, to_ms(now - kept)))
    return 0


def empty(db: sqlite3.Connection, seqs: Iterable[int]) -> None:
    """Take the content out of receipts; what recognises and explains them stays."""
    db.executemany(
        "UPDATE receipts SET body = x'', payload = x'', fetched = '', checksum = ? WHERE seq = ?",
        [(checksum(b""), seq) for seq in seqs],
    )


def _delete(db: sqlite3.Connection, organization: OrganizationId, old: Sequence[_Row]) -> None:
    seqs = [row[:1] for row in old]
    remember(db, [seq for (seq,) in seqs])
    db.executemany("DELETE FROM attempts WHERE seq = ?", seqs)
    db.executemany("DELETE FROM receipts WHERE seq = ?", seqs)
    for (state, reason), gone in Counter(row[1:] for row in old).items():
        count(db, organization, State(state), reason, -gone)


def _empty(db: sqlite3.Connection, _: OrganizationId, old: Sequence[_Row]) -> None:
    empty(db, (row[0] for row in old))


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
