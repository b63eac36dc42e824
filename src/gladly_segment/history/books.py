"""Events that come into the history, change there and leave it, with all that is kept about them."""

import sqlite3
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec

from gladly_segment.core.ids import Seq
from gladly_segment.history.document import Document, Kind
from gladly_segment.history.rollups import Rollup
from gladly_segment.history.rows import present
from gladly_segment.history.schema import (
    add_partition,
    block_of,
    drop_partition,
    first_in,
    merge_partition,
    partition_of,
    words_table,
)

_KIND: Final = "organization, source, event_type, event, state, reason"


class Books:
    """Writes to the tables, within a transaction of the caller."""

    def __init__(self) -> None:
        self._kinds: dict[Kind, int] = {}
        self._partitions: set[int] = set()

    def forget(self) -> None:
        """Look up anew what was remembered of the tables: they are others now, or what was written was not kept."""
        self._kinds.clear()
        self._partitions.clear()

    def replace(self, db: sqlite3.Connection, documents: Sequence[Document], gone: Collection[Seq]) -> None:
        """Take events over as they are now; those that are gone, leave."""
        before = present(db, [*(document.seq for document in documents), *gone])
        changed = [document for document in documents if before.get(document.seq) != document]
        removed = [before[seq] for seq in gone if seq in before]
        if not changed and not removed:
            return
        replaced = [before[each.seq] for each in changed if each.seq in before]
        self._index(db, removed, changed, before)
        rollup = Rollup()
        for event in (*removed, *replaced):
            rollup.add(event, -1)
        for event in changed:
            rollup.add(event, 1)
        rollup.write(db)
        self._count_kinds(db, (*removed, *replaced), changed)
        self._write(db, changed)
        db.executemany("DELETE FROM events WHERE seq = ?", [(event.seq,) for event in removed])
        self._drop_empty(db, removed)

    def _index(
        self,
        db: sqlite3.Connection,
        removed: Sequence[Document],
        changed: Sequence[Document],
        before: Mapping[int, Document],
    ) -> None:
        out, in_ = list[tuple[int, str]](), list[tuple[int, str]]()
        out += ((event.seq, event.index_text()) for event in removed)
        for event in changed:
            former, text = before.get(event.seq), event.index_text()
            former_text = None if former is None else former.index_text()
            if former_text != text:
                in_.append((event.seq, text))
                if former_text is not None:
                    out.append((event.seq, former_text))
        for partition in sorted({partition_of(seq) for seq, _ in (*out, *in_)}):
            self._make_partition(db, partition)
            table = words_table(partition)
            db.executemany(
                f"INSERT INTO {table} ({table}, rowid, words) VALUES ('delete', ?, ?)",  # noqa: S608 - our own text
                [each for each in out if partition_of(each[0]) == partition],
            )
            db.executemany(
                f"INSERT INTO {table} (rowid, words) VALUES (?, ?)",  # noqa: S608
                [each for each in in_ if partition_of(each[0]) == partition],
            )

    def _make_partition(self, db: sqlite3.Connection, partition: int) -> None:
        if partition in self._partitions:
            return
        if not db.execute("SELECT 1 FROM partitions WHERE number = ?", (partition,)).fetchone():
            add_partition(db, partition)
            if db.execute("SELECT 1 FROM partitions WHERE number = ?", (partition - 1,)).fetchone():
                # Little changes there from now on: in one piece, it is looked through several times as fast.
                merge_partition(db, partition - 1)
        self._partitions.add(partition)

    def _drop_empty(self, db: sqlite3.Connection, removed: Sequence[Document]) -> None:
        for partition in {partition_of(event.seq) for event in removed}:
            left = db.execute(
                "SELECT 1 FROM events WHERE seq >= ? AND seq < ? LIMIT 1",
                (first_in(partition), first_in(partition + 1)),
            ).fetchone()
            if left is None:
                drop_partition(db, partition)
                self._partitions.discard(partition)

    def _count_kinds(self, db: sqlite3.Connection, before: Sequence[Document], after: Sequence[Document]) -> None:
        changes = Counter(event.kind for event in after)
        changes.subtract(event.kind for event in before)
        db.executemany(
            "UPDATE kinds SET events = events + ? WHERE id = ?",
            [(change, self._kind(db, kind)) for kind, change in changes.items() if change],
        )

    def _kind(self, db: sqlite3.Connection, kind: Kind) -> int:
        if kind not in self._kinds:
            values = msgspec.structs.astuple(kind)
            db.execute(f"INSERT OR IGNORE INTO kinds ({_KIND}) VALUES (?, ?, ?, ?, ?, ?)", values)  # noqa: S608
            (self._kinds[kind],) = db.execute(
                "SELECT id FROM kinds WHERE organization = ? AND source = ? AND event_type = ? AND event = ?"
                " AND state = ? AND reason = ?",
                values,
            ).fetchone()
        return self._kinds[kind]

    def _write(self, db: sqlite3.Connection, changed: Sequence[Document]) -> None:
        (revision,) = db.execute("SELECT revision FROM progress").fetchone()
        db.executemany(
            "INSERT OR REPLACE INTO events (seq, revision, kind, received_ms, occurred_ms, ended_ms, attempts,"
            " customer, customer_name, conversation, message_id, event_id, texts)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (event.seq, number, self._kind(db, event.kind), *msgspec.structs.astuple(event)[2:])
                for number, event in enumerate(changed, start=revision + 1)
            ],
        )
        db.execute("UPDATE progress SET revision = ?", (revision + len(changed),))
        db.executemany(
            "INSERT INTO blocks (number, first_ms, last_ms) VALUES (?, ?, ?) ON CONFLICT (number) DO UPDATE SET"
            " first_ms = min(first_ms, excluded.first_ms), last_ms = max(last_ms, excluded.last_ms)",
            [(block_of(event.seq), event.received_ms, event.received_ms) for event in changed],
        )
