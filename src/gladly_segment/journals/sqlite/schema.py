"""The journal's tables, and the way from one version of them to the next."""

import sqlite3
from typing import Final

from gladly_segment.core.errors import JournalVersionError

_VERSION_1: Final = """
CREATE TABLE receipts (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    organization    TEXT NOT NULL,
    key             TEXT NOT NULL,
    lane            TEXT NOT NULL,
    event_type      TEXT NOT NULL,
    event_id        TEXT NOT NULL,
    occurred_at_ms  INTEGER,
    received_at_ms  INTEGER NOT NULL,
    source          TEXT NOT NULL,
    body            BLOB NOT NULL,
    state           TEXT NOT NULL,
    reason          TEXT NOT NULL DEFAULT '',
    detail          TEXT NOT NULL DEFAULT '',
    entered_at_ms   INTEGER NOT NULL,
    due_at_ms       INTEGER NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    is_head         INTEGER NOT NULL DEFAULT 0,
    message_id      TEXT NOT NULL DEFAULT '',
    payload         BLOB NOT NULL DEFAULT x'',
    notes           TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE UNIQUE INDEX receipts_by_key ON receipts (organization, key);

-- What enrich may claim: order does not matter before delivery.
CREATE INDEX receipts_received ON receipts (organization, due_at_ms, seq) WHERE state = 'received';

-- What deliver may claim: the earliest unsettled receipt of each lane, once it is ready.
CREATE INDEX receipts_deliverable ON receipts (organization, due_at_ms, seq) WHERE state = 'ready' AND is_head = 1;

-- What still stands in a lane, to find its next head.
CREATE INDEX receipts_unsettled ON receipts (organization, lane, seq) WHERE state IN ('received', 'ready');

CREATE TABLE tallies (
    organization    TEXT NOT NULL,
    state           TEXT NOT NULL,
    reason          TEXT NOT NULL,
    count           INTEGER NOT NULL,
    PRIMARY KEY (organization, state, reason)
) STRICT, WITHOUT ROWID;
"""

_MIGRATIONS: Final = (_VERSION_1,)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a journal to the present version, step by step, each in one transaction with its version number.

    Raises JournalVersionError when the file is from a newer version.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(_MIGRATIONS):
        raise JournalVersionError(
            f"the journal has schema version {version}, and this software knows versions up to {len(_MIGRATIONS)}",
            hint="run the version of gladly-segment that wrote it, or a newer one",
        )
    for number, statements in enumerate(_MIGRATIONS[version:], start=version + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {statements} PRAGMA user_version = {number}; COMMIT;")
