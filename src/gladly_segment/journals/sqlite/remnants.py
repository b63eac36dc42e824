"""What is left of deleted content in the free room of a journal's file.

SQLite overwrites what is deleted, but not the copies that it leaves behind when it moves rows between pages: they stand
in the room between a page's directory and its cells (SQLite's description of its file format, b-tree pages).
"""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from typing import BinaryIO, Final

import msgspec

from gladly_segment.journals.sqlite.connect import transaction
from gladly_segment.journals.sqlite.upkeep import give_back

_CHUNK_PAGES: Final = 2_000
_LEAST_WANTED_BYTES: Final = 6
"""What is shorter stands in many places, and tells nothing by itself."""
_INDEXES_WITH_LANES: Final = ("receipts_by_lane", "receipts_unsettled")
_FILE_HEADER_BYTES: Final = 100
_TABLE_LEAF: Final = 0x0D
_HEADER_BYTES: Final = {0x02: 12, 0x05: 12, 0x0A: 8, _TABLE_LEAF: 8}
"""Of each kind of b-tree page."""
_NOT_FOR_PAYLOAD: Final = 35
"""A row that leaves less than this of a page is continued on another one."""
_SLACK: Final = 8
"""By how much a row may grow beside what is added to it: lengths are written with as many bytes as they need."""


class Remnant(msgspec.Struct, frozen=True):
    """Something in the free room of a page; `seq` is of a row that can grow by `room` to fill it, if there is one."""

    page: int
    seq: int | None = None
    room: int = 0


def clean(db: sqlite3.Connection, file: BinaryIO, wanted: Collection[bytes]) -> int | None:
    """Overwrite what is left in free room; tell on how many pages something still is.

    None when the log could not be emptied, because somebody reads the journal.
    """
    _give_all_back(db)
    (page_bytes,) = db.execute("PRAGMA page_size").fetchone()
    long_enough = [each for each in wanted if len(each) >= _LEAST_WANTED_BYTES]
    left = 0
    for overwrite in (_overwrite_all, _overwrite_all, _write_anew, _nothing_more):
        (busy, *_) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            return None
        found = find(file, page_bytes, long_enough)
        left = len(found)
        if not found:
            break
        overwrite(db, found)
    return left


def find(file: BinaryIO, page_bytes: int, wanted: Sequence[bytes]) -> Sequence[Remnant]:
    """Look through the free room of a whole file; what stands in rows is not meant."""
    return [
        remnant
        for number, page in _hits(file, page_bytes, wanted)
        if (remnant := _remnant(number, page, wanted)) is not None
    ]


def _give_all_back(db: sqlite3.Connection) -> None:
    free, before = 0, -1
    while free != before:
        before = free
        with transaction(db):
            give_back(db)
            (free,) = db.execute("PRAGMA freelist_count").fetchone()


def _overwrite_all(db: sqlite3.Connection, found: Sequence[Remnant]) -> None:
    for remnant in found:
        if remnant.seq is not None:
            with transaction(db):
                _overwrite(db, remnant)
    if any(remnant.seq is None for remnant in found):
        for index in _INDEXES_WITH_LANES:
            db.execute(f"REINDEX {index}")


def _write_anew(db: sqlite3.Connection, _: Sequence[Remnant]) -> None:
    # The one thing that takes its time while others wait. Only a file from before what is deleted was overwritten can
    # have remnants in pages that no row can fill, and after this it has none.
    db.execute("VACUUM")


def _nothing_more(_db: sqlite3.Connection, _: Sequence[Remnant]) -> None:
    """What is still there stays, and is told."""


def _overwrite(db: sqlite3.Connection, remnant: Remnant) -> None:
    """Let a row grow over the free room of its page, and shrink again."""
    row = db.execute("SELECT detail FROM receipts WHERE seq = ?", (remnant.seq,)).fetchone()
    if row is not None:
        for detail in (row[0] + "-" * remnant.room, row[0]):
            db.execute("UPDATE receipts SET detail = ? WHERE seq = ?", (detail, remnant.seq))


def _hits(file: BinaryIO, page_bytes: int, wanted: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
    file.seek(0)
    first = 1
    while chunk := file.read(_CHUNK_PAGES * page_bytes):
        numbers = {place // page_bytes for each in wanted for place in _places(chunk, each)}
        for number in sorted(numbers):
            yield first + number, chunk[number * page_bytes : (number + 1) * page_bytes]
        first += _CHUNK_PAGES


def _places(chunk: bytes, wanted: bytes) -> Iterator[int]:
    place = chunk.find(wanted)
    while place >= 0:
        yield place
        place = chunk.find(wanted, place + 1)


def _remnant(number: int, page: bytes, wanted: Sequence[bytes]) -> Remnant | None:
    header = _FILE_HEADER_BYTES if number == 1 else 0
    try:
        return _remnant_on(number, page, header, wanted)
    except IndexError:  # it was read while it was being written
        return Remnant(number)


def _remnant_on(number: int, page: bytes, header: int, wanted: Sequence[bytes]) -> Remnant | None:
    if page[header] not in _HEADER_BYTES:
        # A free page, or the rest of a long row: all long rows that name somebody have been emptied.
        return Remnant(number)
    free = list(_free_room(page, header))
    if not any(each in page[begin:end] for begin, end in free for each in wanted):
        return None
    if page[header] != _TABLE_LEAF:
        return Remnant(number)
    room = sum(end - begin for begin, end in free) - _SLACK
    for seq, row_bytes in _rows(page, header):
        longest = len(page) - _NOT_FOR_PAYLOAD - _SLACK - row_bytes
        if min(room, longest) > 0:
            return Remnant(number, seq, min(room, longest))
    return Remnant(number)


def _free_room(page: bytes, header: int) -> Iterator[tuple[int, int]]:
    cells_begin = _number(page, header + 5) or len(page)
    yield header + _HEADER_BYTES[page[header]] + 2 * _number(page, header + 3), cells_begin
    before, block = 0, _number(page, header + 1)
    while block > before:
        yield block, block + _number(page, block + 2)
        before, block = block, _number(page, block)


def _rows(page: bytes, header: int) -> Iterator[tuple[int, int]]:
    """Give the number and the length of each row of a table's leaf."""
    directory = header + _HEADER_BYTES[_TABLE_LEAF]
    for place in range(directory, directory + 2 * _number(page, header + 3), 2):
        row_bytes, seq_place = _varint(page, _number(page, place))
        yield _varint(page, seq_place)[0], row_bytes


def _number(page: bytes, place: int) -> int:
    return int.from_bytes(page[place : place + 2], "big")


def _varint(page: bytes, place: int) -> tuple[int, int]:
    """Read a number of up to eight bytes with seven bits each; give what follows it, too."""
    value = 0
    while page[place] & 0x80:
        value = value << 7 | page[place] & 0x7F
        place += 1
    return value << 7 | page[place], place + 1
