"""The history's tables. A file of any other version is dropped: the journal has everything that is in it."""

import re
import sqlite3
import string
from typing import Final

VERSION: Final = 1

_PARTITION_BITS: Final = 18
"""An index for each 262 144 places of the log: what many events have is found in the newest one or two, what few have
is looked for in all of them quickly, and merging, cleaning and forgetting are as short as one of them is."""

_BLOCK_BITS: Final = 10

_TABLES: Final = """
-- One row: how far the history has got. `cursor` is in the journal's change log, NULL before the first look. While
-- everything is read again, `walked` and `walk_until` are places in its log.
CREATE TABLE IF NOT EXISTS progress (
    one             INTEGER PRIMARY KEY CHECK (one = 1),
    cursor          INTEGER,
    walked          INTEGER NOT NULL DEFAULT 0,
    walk_until      INTEGER,
    revision        INTEGER NOT NULL,
    shed            INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What many events have in common, and how many have it now.
CREATE TABLE IF NOT EXISTS kinds (
    id              INTEGER PRIMARY KEY,
    organization    TEXT NOT NULL,
    source          TEXT NOT NULL,
    event_type      TEXT NOT NULL,
    event           TEXT NOT NULL,
    state           TEXT NOT NULL,
    reason          TEXT NOT NULL,
    events          INTEGER NOT NULL DEFAULT 0,
    UNIQUE (organization, source, event_type, event, state, reason)
) STRICT;

CREATE TABLE IF NOT EXISTS events (
    seq             INTEGER PRIMARY KEY,
    revision        INTEGER NOT NULL,
    kind            INTEGER NOT NULL,
    received_ms     INTEGER NOT NULL,
    occurred_ms     INTEGER,
    ended_ms        INTEGER,
    attempts        INTEGER NOT NULL,
    customer        TEXT NOT NULL,
    customer_name   TEXT NOT NULL,
    conversation    TEXT NOT NULL,
    message_id      TEXT NOT NULL,
    event_id        TEXT NOT NULL,
    texts           TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX IF NOT EXISTS events_by_revision ON events (revision);

-- Between which times the events of a block of the log were received, at most.
CREATE TABLE IF NOT EXISTS blocks (
    number          INTEGER PRIMARY KEY,
    first_ms        INTEGER NOT NULL,
    last_ms         INTEGER NOT NULL
) STRICT;

-- The numbers of the partitions of the index, each of which has a table of its own.
CREATE TABLE IF NOT EXISTS partitions (
    number          INTEGER PRIMARY KEY
) STRICT;

-- What was received in minutes and in hours (`width_s`), by what became of it, and how long delivery took.
CREATE TABLE IF NOT EXISTS counts (
    organization    TEXT NOT NULL,
    width_s         INTEGER NOT NULL,
    start_s         INTEGER NOT NULL,
    state           TEXT NOT NULL,
    reason          TEXT NOT NULL,
    events          INTEGER NOT NULL,
    PRIMARY KEY (organization, width_s, start_s, state, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS latencies (
    organization    TEXT NOT NULL,
    width_s         INTEGER NOT NULL,
    start_s         INTEGER NOT NULL,
    bucket          INTEGER NOT NULL,
    events          INTEGER NOT NULL,
    PRIMARY KEY (organization, width_s, start_s, bucket)
) STRICT, WITHOUT ROWID;
"""

_NAME: Final = re.compile(r"CREATE TABLE IF NOT EXISTS (?P<name>\w+)")

# A word is what stands between blanks, whatever is in it: it is cut into words before.
_IN_WORDS: Final = "".join(letter for letter in string.punctuation if letter != "'") + "''"
_TOKENIZE: Final = f"ascii tokenchars '{_IN_WORDS}'".replace('"', '""')


def make(db: sqlite3.Connection, revision: int) -> None:
    """Make the tables of an empty file; events get revisions above the given one."""
    begin = f"INSERT OR IGNORE INTO progress (one, revision) VALUES (1, {revision})"  # noqa: S608 - a number
    db.executescript(f"BEGIN IMMEDIATE; {_TABLES} {begin}; PRAGMA user_version = {VERSION}; COMMIT;")


def make_anew(db: sqlite3.Connection) -> None:
    """Drop all tables and make them again, within a transaction of the caller. Revisions go on."""
    (revision,) = db.execute("SELECT revision FROM progress").fetchone()
    for (partition,) in db.execute("SELECT number FROM partitions").fetchall():
        drop_partition(db, partition)
    for statement in _TABLES.split(";"):
        if (table := _NAME.search(statement)) is not None:
            db.execute(f"DROP TABLE {table['name']}")
    for statement in _TABLES.split(";"):
        db.execute(statement)
    db.execute("INSERT INTO progress (one, revision) VALUES (1, ?)", (revision,))


def version_of(db: sqlite3.Connection) -> int:
    """Tell a file's version, 0 of one without tables."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return version


def partition_of(seq: int) -> int:
    """Tell in which partition of the index an event is."""
    return seq >> _PARTITION_BITS


def first_in(partition: int) -> int:
    """Give the first place in the log that belongs to a partition."""
    return partition << _PARTITION_BITS


def block_of(seq: int) -> int:
    """Tell in which block of the log an event is."""
    return seq >> _BLOCK_BITS


def first_in_block(block: int) -> int:
    """Give the first place in the log that belongs to a block."""
    return block << _BLOCK_BITS


def words_table(partition: int) -> str:
    """Name the index of a partition."""
    return f"words_{partition}"


def add_partition(db: sqlite3.Connection, partition: int) -> None:
    """Make the index of a partition. It holds no text of its own: whoever deletes from it tells what was there."""
    db.execute("INSERT INTO partitions (number) VALUES (?)", (partition,))
    db.execute(
        f"CREATE VIRTUAL TABLE {words_table(partition)} USING fts5"
        f" (words, content='', detail=none, columnsize=0, tokenize=\"{_TOKENIZE}\")"
    )


def merge_partition(db: sqlite3.Connection, partition: int) -> None:
    """Write the index of a partition in one piece, without what was deleted from it."""
    table = words_table(partition)
    db.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")  # noqa: S608 - our own text


def drop_partition(db: sqlite3.Connection, partition: int) -> None:
    """Drop the index of a partition in which there are no events any more."""
    db.execute(f"DROP TABLE {words_table(partition)}")
    db.execute("DELETE FROM partitions WHERE number = ?", (partition,))
