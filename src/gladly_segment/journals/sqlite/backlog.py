"""How long the backlog has been waiting, and in what order; each function is one operation within its transaction."""

import sqlite3
from collections.abc import Mapping, Sequence

from gladly_segment.core.ids import OrganizationId, Seq
from gladly_segment.core.lifecycle import State
from gladly_segment.core.moments import to_moment
from gladly_segment.core.records import Waiting


def waiting(db: sqlite3.Connection) -> Sequence[Waiting]:
    """Look up the longest-waiting receipt of each organization and state that has any."""
    # The condition on the state stands twice: once as the partial index needs it.
    rows = db.execute(
        "SELECT organization, state, (SELECT min(entered_at_ms) FROM receipts WHERE state IN ('received', 'ready')"
        " AND organization = tallies.organization AND state = tallies.state)"
        " FROM tallies WHERE state IN ('received', 'ready') AND count > 0"
    )
    return [Waiting(OrganizationId(name), State(state), to_moment(since)) for name, state, since in rows]


def ahead(db: sqlite3.Connection, seqs: Sequence[Seq]) -> Mapping[Seq, int]:
    """Count, for each of some receipts that wait to be enriched, those of its organization that are claimed before it.

    What is put off counts from the moment on for which it is: of a smaller priority, it is before all others.
    """
    found: dict[Seq, int] = {}
    for seq in seqs:
        place = db.execute(
            "SELECT organization, priority, due_at_ms, seq FROM receipts WHERE seq = ? AND state = 'received'", (seq,)
        ).fetchone()
        if place is not None:
            (found[seq],) = db.execute(
                "SELECT count(*) FROM receipts INDEXED BY receipts_received WHERE state = 'received'"
                " AND organization = ? AND (priority, due_at_ms, seq) < (?, ?, ?)",
                place,
            ).fetchone()
    return found
