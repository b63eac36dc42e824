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

_VERSION_2: Final = """
ALTER TABLE receipts ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE receipts ADD COLUMN checksum INTEGER;

DROP INDEX receipts_received;
CREATE INDEX receipts_received ON receipts (organization, priority, due_at_ms, seq) WHERE state = 'received';
DROP INDEX receipts_deliverable;
CREATE INDEX receipts_deliverable ON receipts (organization, priority, due_at_ms, seq)
    WHERE state = 'ready' AND is_head = 1;

-- A conversation's receipts, settled ones too, for explaining.
CREATE INDEX receipts_by_lane ON receipts (organization, lane, seq);

-- Dead letters in log order, and by age; and what else may be forgotten some day.
CREATE INDEX receipts_parked ON receipts (seq) WHERE state = 'parked';
CREATE INDEX receipts_dead ON receipts (entered_at_ms) WHERE state = 'parked';
CREATE INDEX receipts_ended ON receipts (entered_at_ms)
    WHERE state IN ('delivered', 'suppressed', 'ignored', 'dropped');

CREATE TABLE attempts (
    seq             INTEGER NOT NULL,
    number          INTEGER NOT NULL,
    at_ms           INTEGER NOT NULL,
    "by"            TEXT NOT NULL,
    outcome         TEXT NOT NULL,
    reason          TEXT NOT NULL,
    detail          TEXT NOT NULL,
    due_at_ms       INTEGER,
    PRIMARY KEY (seq, number)
) STRICT, WITHOUT ROWID;

ALTER TABLE tallies ADD COLUMN ever INTEGER NOT NULL DEFAULT 0;
UPDATE tallies SET ever = count;
"""

_VERSION_3: Final = """
-- Retention is an organization's own.
DROP INDEX receipts_dead;
CREATE INDEX receipts_dead ON receipts (organization, entered_at_ms) WHERE state = 'parked';
DROP INDEX receipts_ended;
CREATE INDEX receipts_ended ON receipts (organization, entered_at_ms)
    WHERE state IN ('delivered', 'suppressed', 'ignored', 'dropped');

-- What ended and still has its content.
CREATE INDEX receipts_with_content ON receipts (organization, entered_at_ms)
    WHERE state IN ('delivered', 'suppressed', 'ignored', 'dropped') AND body != x'';

-- Since when the longest-waiting has been in its state.
CREATE INDEX receipts_waiting ON receipts (organization, state, entered_at_ms) WHERE state IN ('received', 'ready');

CREATE TABLE organizations (
    name            TEXT PRIMARY KEY,
    document        BLOB NOT NULL,
    sealed          BLOB NOT NULL,
    changed_at_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE pauses (
    organization    TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE bindings (
    fingerprint     TEXT PRIMARY KEY,
    organization    TEXT NOT NULL,
    environment     TEXT NOT NULL,
    region          TEXT NOT NULL,
    bound_at_ms     INTEGER NOT NULL,
    UNIQUE (organization, environment, region)
) STRICT, WITHOUT ROWID;

CREATE TABLE feeds (
    organization        TEXT PRIMARY KEY,
    webhook_id          TEXT,
    whole_until_ms      INTEGER,
    disabled_since_ms   INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE actions (
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms           INTEGER NOT NULL,
    organization    TEXT,
    "by"            TEXT NOT NULL,
    what            TEXT NOT NULL,
    detail          TEXT NOT NULL
) STRICT;

-- Customers whose data must not come back: salted digests of their ids.
CREATE TABLE erasures (
    organization    TEXT NOT NULL,
    customer        TEXT NOT NULL,
    at_ms           INTEGER NOT NULL,
    PRIMARY KEY (organization, customer)
) STRICT, WITHOUT ROWID;
"""

_VERSION_4: Final = """
-- From where the entities of a track event came, and how old they were.
ALTER TABLE receipts ADD COLUMN fetched TEXT NOT NULL DEFAULT '';

-- Which receipts changed, in order: what reads along (the history) needs no look at all the others. The last number is
-- never deleted, so that none is given twice.
CREATE TABLE changes (
    number          INTEGER PRIMARY KEY,
    seq             INTEGER NOT NULL
) STRICT;

CREATE TRIGGER receipts_added AFTER INSERT ON receipts
BEGIN
    INSERT INTO changes (seq) VALUES (new.seq);
END;
CREATE TRIGGER receipts_changed AFTER UPDATE OF state, reason, detail, due_at_ms, lane, body ON receipts
BEGIN
    INSERT INTO changes (seq) VALUES (new.seq);
END;
CREATE TRIGGER receipts_forgotten AFTER DELETE ON receipts
BEGIN
    INSERT INTO changes (seq) VALUES (old.seq);
END;
"""

_VERSION_5: Final = """
-- Mapped events by Gladly's own time, for what is reckoned of an hour.
CREATE INDEX receipts_occurred ON receipts (organization, occurred_at_ms)
    WHERE event_type IN ('CONVERSATION/CREATED', 'CONVERSATION/CLOSED');

-- What is on its way and not live: to count it, however much else there is.
CREATE INDEX receipts_in_hand ON receipts (organization, priority)
    WHERE state IN ('received', 'ready') AND priority > 0;

-- What ended as it came: a backfill tells nothing of an organization's rhythm.
CREATE INDEX receipts_in_rhythm ON receipts (organization, entered_at_ms)
    WHERE state IN ('delivered', 'suppressed', 'ignored', 'dropped') AND priority < 3;

-- Occurrences whose receipts were deleted, and how they ended.
CREATE TABLE forgotten (
    organization    TEXT NOT NULL,
    key             TEXT NOT NULL,
    state           TEXT NOT NULL,
    reason          TEXT NOT NULL,
    PRIMARY KEY (organization, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE certificates (
    organization    TEXT NOT NULL,
    start_ms        INTEGER NOT NULL,
    end_ms          INTEGER NOT NULL,
    made_at_ms      INTEGER NOT NULL,
    standing        TEXT NOT NULL,
    document        BLOB NOT NULL,
    PRIMARY KEY (organization, start_ms)
) STRICT, WITHOUT ROWID;

CREATE INDEX certificates_by_standing ON certificates (organization, standing, start_ms);
CREATE INDEX certificates_by_age ON certificates (organization, made_at_ms);
"""

_MIGRATIONS: Final = (_VERSION_1, _VERSION_2, _VERSION_3, _VERSION_4, _VERSION_5)


def version_of(connection: sqlite3.Connection) -> int:
    """Tell a journal's version, 0 of a file that is none yet. Raises JournalVersionError when it is newer than ours."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(_MIGRATIONS):
        raise JournalVersionError(
            f"the journal has schema version {version}, and this software knows versions up to {len(_MIGRATIONS)}",
            hint="run the version of gladly-segment that wrote it, or a newer one",
        )
    return version


def require_present(connection: sqlite3.Connection) -> None:
    """Refuse a journal of another version than the present one: beside a service, nobody else changes its tables.

    Raises JournalVersionError.
    """
    if (version := version_of(connection)) != len(_MIGRATIONS):
        raise JournalVersionError(
            f"the journal has schema version {version}, and this software works with version {len(_MIGRATIONS)}",
            hint="start the service with this version of gladly-segment: it brings the journal up to date",
        )


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a journal to the present version, step by step, each in one transaction with its version number.

    Raises JournalVersionError when the file is from a newer version.
    """
    version = version_of(connection)
    for number, statements in enumerate(_MIGRATIONS[version:], start=version + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {statements} PRAGMA user_version = {number}; COMMIT;")
