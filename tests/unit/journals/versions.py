"""The schema of every released version, word for word: what is out there in files cannot be edited any more."""

from collections.abc import Mapping
from typing import Final

RELEASED: Final[Mapping[int, str]] = {
    1: """
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
""",
    2: """
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
""",
    3: """
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
""",
    4: """
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
""",
    5: """
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
""",
}
