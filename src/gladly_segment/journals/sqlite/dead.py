"""Dead letters by organization and cause."""

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import ParkCause
from gladly_segment.core.moments import to_moment
from gladly_segment.ports.curator import DETAILS, DeadGroup

_GROUPS: Final = """
SELECT organization, reason, count(*), min(received_at_ms), max(received_at_ms)
FROM receipts INDEXED BY receipts_parked
WHERE state = 'parked' AND (:organization IS NULL OR organization = :organization)
GROUP BY organization, reason
ORDER BY count(*) DESC, organization, reason
"""
_NEWEST_DETAILS: Final = """
SELECT organization, reason, detail FROM (
    SELECT *, row_number() OVER (PARTITION BY organization, reason ORDER BY newest DESC) AS place FROM (
        SELECT organization, reason, detail, max(seq) AS newest
        FROM receipts INDEXED BY receipts_parked
        WHERE state = 'parked' AND (:organization IS NULL OR organization = :organization) AND detail != ''
        GROUP BY organization, reason, detail
    )
)
WHERE place <= :details
ORDER BY place
"""


def groups(db: sqlite3.Connection, organization: OrganizationId | None) -> Sequence[DeadGroup]:
    """Group them, the largest group first."""
    asked: dict[str, Any] = {"organization": organization, "details": DETAILS}
    details: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for name, cause, detail in db.execute(_NEWEST_DETAILS, asked):
        details[name, cause].append(detail)
    return [
        DeadGroup(
            organization=OrganizationId(name),
            cause=ParkCause(cause),
            letters=letters,
            oldest=to_moment(oldest_ms),
            newest=to_moment(newest_ms),
            details=tuple(details[name, cause]),
        )
        for name, cause, letters, oldest_ms, newest_ms in db.execute(_GROUPS, asked)
    ]
