"""The tables of the file of backfills."""

import sqlite3
from typing import Final

VERSION: Final = 1

_APPLICATION_ID: Final = 0x47534246
"""Stands in the file's head, so that no other file is taken for one of ours."""

_TABLES: Final = (
    """CREATE TABLE backfills (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        organization TEXT NOT NULL,
        start_ms INTEGER NOT NULL,
        end_ms INTEGER NOT NULL,
        integrations BLOB NOT NULL,
        plan_only INTEGER NOT NULL,
        phase TEXT NOT NULL,
        ordered_at_ms INTEGER NOT NULL,
        changed_at_ms INTEGER NOT NULL,
        expected BLOB NOT NULL DEFAULT '[]',
        found BLOB NOT NULL DEFAULT '{}',
        plan BLOB,
        progress BLOB NOT NULL DEFAULT '{}',
        trouble TEXT NOT NULL DEFAULT ''
    )""",
    "CREATE INDEX backfills_of ON backfills (organization, number)",
    "CREATE TABLE reports (organization TEXT NOT NULL, at_ms INTEGER NOT NULL)",
    # What has been read.
    """CREATE TABLE parts (
        backfill INTEGER NOT NULL,
        start_ms INTEGER NOT NULL,
        end_ms INTEGER NOT NULL,
        source TEXT NOT NULL,
        why TEXT NOT NULL,
        PRIMARY KEY (backfill, start_ms)
    ) WITHOUT ROWID""",
    # `moment` tells closings of a conversation apart, and is 0 for its creation, which happens once.
    """CREATE TABLE occurrences (
        backfill INTEGER NOT NULL,
        conversation TEXT NOT NULL,
        kind TEXT NOT NULL,
        moment INTEGER NOT NULL,
        at_ms INTEGER NOT NULL,
        told TEXT NOT NULL,
        customer TEXT NOT NULL,
        source TEXT NOT NULL,
        event_id TEXT NOT NULL,
        certain INTEGER NOT NULL,
        body BLOB NOT NULL,
        turn INTEGER NOT NULL DEFAULT 1,
        known INTEGER NOT NULL DEFAULT 0,
        in_hand INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (backfill, conversation, kind, moment)
    ) WITHOUT ROWID""",
    "CREATE INDEX occurrences_turn ON occurrences (backfill, turn, customer, conversation, at_ms) WHERE in_hand = 0",
    "CREATE INDEX occurrences_in_hand ON occurrences (backfill) WHERE in_hand = 1",
)


def is_ours(db: sqlite3.Connection) -> bool:
    """Tell whether this is a file of backfills of the present version, or an empty one."""
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return (application, version) == (_APPLICATION_ID, VERSION) or (application, version, tables) == (0, 0, 0)


def make(db: sqlite3.Connection) -> None:
    """Make the tables where there are none."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version == VERSION:
        return
    for table in _TABLES:
        db.execute(table)
    db.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {VERSION}")
