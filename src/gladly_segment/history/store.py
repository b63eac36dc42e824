"""Writing the history: each portion is one transaction, together with how far it has got."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from gladly_segment.core.errors import HistoryUnavailableError
from gladly_segment.core.ids import CustomerId, Seq
from gladly_segment.history.books import Books
from gladly_segment.history.document import Document, document_of
from gladly_segment.history.file import FILE_NAME, identity_of, open_for_writing, trouble
from gladly_segment.history.rows import present
from gladly_segment.history.schema import make_anew, merge_partition, words_table
from gladly_segment.history.words import words_of
from gladly_segment.ports.receipts import Portion, Standing

T = TypeVar("T")

_TEXTS_OF: Final = "char(10) || customer || char(10) || texts || char(10)"


class Standpoint(msgspec.Struct, frozen=True, kw_only=True):
    """How far a history is: `cursor` in the change log, None before the first look.

    While everything is read again, `walked` is how far and `walk_until` where that ends, in the journal's log.
    """

    cursor: int | None
    walked: Seq
    walk_until: Seq | None
    revision: int
    shed: int


class Store:
    """A history as it is written; several processes may have the same one open, and each does the next portion.

    Every method raises HistoryUnavailableError, HistoryDamagedError when only dropping it helps.
    """

    def __init__(self, data_dir: Path, revision: int) -> None:
        """Open it, making it where there is none; then its revisions are above the given one."""
        self._db = open_for_writing(data_dir, revision)
        self._file = data_dir / FILE_NAME
        self._identity = identity_of(self._file)
        self._books = Books()
        self._data_version = -1

    def is_there(self) -> bool:
        """Tell whether its file is still the one that it was."""
        return identity_of(self._file) == self._identity

    def close(self) -> None:
        """Give the file up."""
        self._db.close()

    def standpoint(self) -> Standpoint:
        """Tell how far it is."""
        return self._done(_standpoint, only_reading=True)

    def events(self) -> int:
        """Count the events that it has."""
        return self._done(_events, only_reading=True)

    def begin_again(self, seen: Standpoint, head: int, last: Seq) -> Standpoint:
        """Note that everything is to be read again up to a place, and changes be followed from another one on.

        Nothing changes when it is not as it was seen. Tells how it is now.
        """
        return self._portion(seen, lambda db: _begin_again(db, seen, head, last))

    def follow(self, seen: Standpoint, portion: Portion) -> Standpoint:
        """Take over what changed. Nothing changes when it is not as it was seen. Tells how it is now."""
        documents = [document_of(each) for each in portion.receipts]
        return self._portion(seen, lambda db: self._follow(db, documents, portion))

    def walk(self, seen: Standpoint, receipts: Sequence[Standing], until: Seq) -> Standpoint:
        """Take over all receipts up to a place: what is between them and here only, goes.

        Nothing changes when it is not as it was seen. Tells how it is now.
        """
        documents = [document_of(each) for each in receipts]
        return self._portion(seen, lambda db: self._walk(db, seen, documents, until))

    def empty(self) -> None:
        """Drop everything; the next look begins anew. Revisions go on."""
        # To overwrite all of it would take as long as writing it: the file is cut off instead.
        self._db.execute("PRAGMA secure_delete = OFF")
        try:
            self._done(make_anew)
            self._books.forget()
        finally:
            self._db.execute("PRAGMA secure_delete = ON")
        self.rewrite()

    def naming(self, customers: Sequence[CustomerId]) -> int:
        """Count where customers are still named: in rows, and in the index."""
        return self._done(
            lambda db: sum(_rows_naming(db, each) + _indexed(db, each) for each in customers), only_reading=True
        )

    def merge(self) -> None:
        """Write the index anew, without what was deleted from it; a transaction for each partition."""
        for partition in self._done(_partitions, only_reading=True):
            self._done(partial(_merge, partition=partition))

    def rewrite(self) -> None:
        """Write the whole file anew, so that nothing of what was deleted is left in it, nor in its log."""
        try:
            self._db.execute("VACUUM")
            (busy, *_) = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            raise trouble(error, "the history cannot be written anew") from error
        if busy:
            raise HistoryUnavailableError("the history's log cannot be emptied: somebody reads it", hint="try it again")

    def _portion(self, seen: Standpoint, work: Callable[[sqlite3.Connection], None]) -> Standpoint:
        def done(db: sqlite3.Connection) -> Standpoint:
            now = _standpoint(db)
            # Another process was quicker; what was read may be older than what it has written.
            if (now.cursor, now.walked, now.walk_until) != (seen.cursor, seen.walked, seen.walk_until):
                return now
            work(db)
            return _standpoint(db)

        return self._done(done)

    def _done(self, work: Callable[[sqlite3.Connection], T], *, only_reading: bool = False) -> T:
        db = self._db
        try:
            db.execute("BEGIN" if only_reading else "BEGIN IMMEDIATE")
            self._notice_others(db)
            result = work(db)
            db.execute("COMMIT")
        except BaseException as error:
            self._books.forget()
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise trouble(error, "the history cannot be written") from error
            raise
        return result

    def _notice_others(self, db: sqlite3.Connection) -> None:
        (version,) = db.execute("PRAGMA data_version").fetchone()
        if version != self._data_version:
            self._books.forget()
            self._data_version = version

    def _follow(self, db: sqlite3.Connection, documents: Sequence[Document], portion: Portion) -> None:
        self._books.replace(db, documents, portion.gone)
        db.execute("UPDATE progress SET cursor = ?", (portion.until,))

    def _walk(self, db: sqlite3.Connection, seen: Standpoint, documents: Sequence[Document], until: Seq) -> None:
        there = {document.seq for document in documents}
        rows = db.execute("SELECT seq FROM events WHERE seq > ? AND seq <= ?", (seen.walked, until)).fetchall()
        self._books.replace(db, documents, [Seq(seq) for (seq,) in rows if seq not in there])
        ended = seen.walk_until is None or until >= seen.walk_until
        db.execute("UPDATE progress SET walked = ?, walk_until = ?", (until, None if ended else seen.walk_until))


def _standpoint(db: sqlite3.Connection) -> Standpoint:
    cursor, walked, until, revision, shed = db.execute(
        "SELECT cursor, walked, walk_until, revision, shed FROM progress"
    ).fetchone()
    return Standpoint(
        cursor=cursor,
        walked=Seq(walked),
        walk_until=None if until is None else Seq(until),
        revision=revision,
        shed=shed,
    )


def _events(db: sqlite3.Connection) -> int:
    (events,) = db.execute("SELECT coalesce(sum(events), 0) FROM kinds").fetchone()
    return events


def _begin_again(db: sqlite3.Connection, seen: Standpoint, head: int, last: Seq) -> None:
    # What is behind the end of the journal's log is of another journal: the walk must get there, to remove it.
    (present,) = db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()
    db.execute(
        "UPDATE progress SET cursor = ?, walked = 0, walk_until = ?, shed = shed + ?",
        (head, max(last, present) or None, int(seen.cursor is not None)),
    )


def _partitions(db: sqlite3.Connection) -> Sequence[int]:
    return [number for (number,) in db.execute("SELECT number FROM partitions ORDER BY number").fetchall()]


def _merge(db: sqlite3.Connection, partition: int) -> None:
    # It may have been dropped meanwhile, with everything that was in it.
    if partition in _partitions(db):
        merge_partition(db, partition)


def _rows_naming(db: sqlite3.Connection, customer: CustomerId) -> int:
    (found,) = db.execute(
        f"SELECT count(*) FROM events WHERE instr({_TEXTS_OF}, char(10) || ? || char(10))",  # noqa: S608 - our own text
        (customer,),
    ).fetchone()
    return found


def _indexed(db: sqlite3.Connection, customer: CustomerId) -> int:
    """Count events by which the index still knows an id that is not in them (any more)."""
    found = 0
    word = next(words_of(customer), "")
    for partition in _partitions(db):
        table = words_table(partition)
        quoted = '"' + word.replace('"', '""') + '"'
        seqs = db.execute(f"SELECT rowid FROM {table} WHERE {table} MATCH ?", (quoted,)).fetchall()  # noqa: S608
        there = present(db, [seq for (seq,) in seqs])
        found += sum(seq not in there or word not in there[seq].words() for (seq,) in seqs)
    return found
