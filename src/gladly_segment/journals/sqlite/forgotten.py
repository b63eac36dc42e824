"""Occurrences whose receipts are no longer kept: what was sent is not sent again, however long ago it was."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final

from gladly_segment.core.ids import OrganizationId, ReceiptKey
from gladly_segment.core.lifecycle import State
from gladly_segment.mapping.registry import MAPPINGS
from gladly_segment.ports.outcomes import Forgotten

MAPPED: Final = f"event_type IN ({', '.join(repr(event_type) for event_type in MAPPINGS)})"
"""As the partial index needs it."""


def remember(db: sqlite3.Connection, seqs: Sequence[int]) -> None:
    """Keep of receipts that are about to be deleted what they are called and how they ended, if they are mapped."""
    db.executemany(
        "INSERT OR REPLACE INTO forgotten (organization, key, state, reason)"  # noqa: S608 - our own text
        f" SELECT organization, key, state, reason FROM receipts WHERE seq = ? AND {MAPPED}",
        [(seq,) for seq in seqs],
    )


def is_forgotten(db: sqlite3.Connection, organization: OrganizationId, key: ReceiptKey) -> bool:
    """Tell whether there was a receipt of an occurrence that is no longer kept."""
    known = "SELECT 1 FROM forgotten WHERE organization = ? AND key = ?"
    return db.execute(known, (organization, key)).fetchone() is not None


def forgotten(
    db: sqlite3.Connection, organization: OrganizationId, keys: Sequence[ReceiptKey]
) -> Mapping[ReceiptKey, Forgotten]:
    """Tell how those of some occurrences ended whose receipts are no longer kept."""
    marks = ", ".join("?" * len(keys))
    rows = db.execute(
        f"SELECT key, state, reason FROM forgotten WHERE organization = ? AND key IN ({marks})",  # noqa: S608
        (organization, *keys),
    )
    return {ReceiptKey(key): Forgotten(State(state), reason) for key, state, reason in rows.fetchall()}
