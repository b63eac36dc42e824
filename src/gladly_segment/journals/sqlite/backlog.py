"""How long the backlog has been waiting: one operation within its transaction."""

import sqlite3
from collections.abc import Sequence

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import State
from gladly_segment.core.records import Waiting
from gladly_segment.journals.sqlite.bookkeeping import to_moment


def waiting(db: sqlite3.Connection) -> Sequence[Waiting]:
    """Look up the longest-waiting receipt of each organization and state that has any."""
    # The condition on the state stands twice: once as the partial index needs it.
    rows = db.execute(
        "SELECT organization, state, (SELECT min(entered_at_ms) FROM receipts WHERE state IN ('received', 'ready')"
        " AND organization = tallies.organization AND state = tallies.state)"
        " FROM tallies WHERE state IN ('received', 'ready') AND count > 0"
    )
    return [Waiting(OrganizationId(name), State(state), to_moment(since)) for name, state, since in rows]
