"""Finding events: words and marks in the index, the rest in the rows themselves."""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from gladly_segment.core.ids import Seq
from gladly_segment.core.moments import to_ms
from gladly_segment.history import rollups
from gladly_segment.history.document import SLOWER_THAN_MS, mark_of, slower_than
from gladly_segment.history.rows import COLUMNS, document_in, event_in, present
from gladly_segment.history.schema import first_in, first_in_block, partition_of, words_table
from gladly_segment.history.words import Wanted, wanted
from gladly_segment.ports.history import Event, Found, Search

COUNTED: Final = 1_000
"""How many events are counted; of more it is only told that there are so many at least."""

_FEW: Final = 40
"""Events of a partition that are sooner looked at one by one than all beginnings of words put together."""
_FAR: Final = (1 << 62) - 1
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)
_PORTION: Final = 500


class _Condition(msgspec.Struct, frozen=True):
    """A condition on rows of events, with its values."""

    text: str
    values: tuple[Any, ...]


_ALL: Final = _Condition("", ())


class _Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How to find something: `index` is empty where the index is not needed, `total` there where it is known."""

    index: str
    is_dear: bool
    """Rows must be looked at, or the beginning of a word is looked for together with something else.

    For that, the index puts all words that begin so together before its first answer, however few have the rest.
    """
    words: Wanted
    rest: str
    """What is looked for but for the beginning of a word: of what has that, there may be few."""
    first: int
    last: int
    rows: _Condition | None
    total: int | None


def find(db: sqlite3.Connection, search: Search, limit: int, before: Seq | None) -> Found:
    """Find a page of events, newest first."""
    plan = _plan(db, search)
    if plan is None:
        return Found(events=(), total=0, at_least=False, more=False)
    if plan.total is None:
        # To count is to find: the first page is the beginning of what is counted.
        counted, is_all = _seqs(db, plan, plan.last, max(COUNTED, limit) + 1, enough=limit + 1)
        total, at_least = min(len(counted), COUNTED), not is_all or len(counted) > COUNTED
    else:
        counted, total, at_least = None, plan.total, False
    if counted is None or before is not None:
        last = plan.last if before is None else max(0, min(plan.last, before - 1))
        counted, _ = _seqs(db, plan, last, limit + 1, enough=limit + 1)
    events = _events(db, counted[:limit])
    return Found(events=events, total=total, at_least=at_least, more=len(counted) > limit)


def since(db: sqlite3.Connection, revision: int, search: Search, limit: int) -> Sequence[Event]:
    """Find events that changed, in the order of their last change."""
    of_kind, in_rows, words = _of_kind(search), _in_rows(search, by_index=False) or _ALL, wanted(search.text)
    found: list[Event] = []
    rows = db.execute(
        f"SELECT {COLUMNS} FROM events JOIN kinds ON id = kind"  # noqa: S608 - our own text
        f" WHERE revision > ? {of_kind.text} {in_rows.text} ORDER BY revision",
        (min(revision, _FAR), *of_kind.values, *in_rows.values),
    )
    while len(found) < limit and (portion := rows.fetchmany(min(_PORTION, limit))):
        found += (event_in(row) for row in portion if not words or words.are_in(document_in(row).words()))
    rows.close()
    return found[:limit]


def _plan(db: sqlite3.Connection, search: Search) -> _Plan | None:
    kinds, all_kinds = _kinds(db, search)
    span = _span(db, search)
    if not kinds or span is None:
        return None
    words, rows = wanted(search.text), _in_rows(search, by_index=True)
    # What all events have in common need not be asked for.
    slow = _slow_marks(search)
    marks = [*(_of_kind_marks(search) if len(kinds) < all_kinds else ()), *slow]
    return _Plan(
        index=" AND ".join((*_asked(words), *marks)),
        is_dear=rows is not None or bool(words.beginning and (words.words or marks)),
        words=words,
        rest="" if words.instead else " AND ".join((*map(_quote, words.words), *marks)),
        first=span[0],
        last=span[1],
        rows=rows,
        total=None if words or slow or search.slower_than_s is not None else _total(db, search, kinds),
    )


def _total(db: sqlite3.Connection, search: Search, kinds: Sequence[int]) -> int | None:
    """Give how many there are, as far as that is counted anyway: of filters, and of whole minutes."""
    if search.since is None and search.until is None:
        return sum(kinds)
    since, until = search.since or _EARLIEST, search.until or _LATEST
    if search.event_type or since.second or since.microsecond or until.second or until.microsecond:
        return None
    return sum(
        count.events
        for count in rollups.counts(db, search.organization or None, since, until)
        if (not search.states or count.state in search.states) and search.reason in {None, "", count.reason}
    )


def _kinds(db: sqlite3.Connection, search: Search) -> tuple[Sequence[int], int]:
    """Give how many events there are of each kind that is looked for, and the number of all kinds."""
    condition = _of_kind(search)
    rows = db.execute(
        f"SELECT events FROM kinds WHERE events > 0 {condition.text}",  # noqa: S608 - our own text
        condition.values,
    ).fetchall()
    (all_kinds,) = db.execute("SELECT count(*) FROM kinds WHERE events > 0").fetchone()
    return [events for (events,) in rows], all_kinds


def _of_kind(search: Search) -> _Condition:
    parts, values = list[str](), list[Any]()
    for column, value in (
        ("organization", search.organization),
        ("event_type", search.event_type),
        ("reason", search.reason),
    ):
        if value:
            parts.append(f" AND {column} = ?")
            values.append(value)
    if search.states:
        parts.append(f" AND state IN ({', '.join('?' * len(search.states))})")
        values += search.states
    return _Condition("".join(parts), tuple(values))


def _in_rows(search: Search, *, by_index: bool) -> _Condition | None:
    """Give the conditions that only rows can tell exactly; with the index, some need none."""
    parts, values = list[str](), list[Any]()
    slow_ms = _slow_ms(search)
    for part, value in (
        (" AND received_ms >= ?", None if search.since is None else to_ms(search.since)),
        (" AND received_ms < ?", None if search.until is None else to_ms(search.until)),
        (" AND max(0, ended_ms - received_ms) > ?", None if by_index and slow_ms in SLOWER_THAN_MS else slow_ms),
    ):
        if value is not None:
            parts.append(part)
            values.append(value)
    return _Condition("".join(parts), tuple(values)) if parts else None


def _slow_ms(search: Search) -> float | None:
    return None if search.slower_than_s is None else search.slower_than_s * 1_000


def _of_kind_marks(search: Search) -> Iterator[str]:
    """Write marks as the index is asked for them."""
    if search.organization:
        yield _quote(mark_of("organization", search.organization))
    if search.event_type:
        yield _quote(mark_of("type", search.event_type))
    if search.reason:
        yield _quote(mark_of("reason", search.reason))
    if search.states:
        yield f"({' OR '.join(_quote(mark_of('state', state)) for state in search.states)})"


def _slow_marks(search: Search) -> Sequence[str]:
    slow_ms = _slow_ms(search)
    marked = [] if slow_ms is None else [each for each in SLOWER_THAN_MS if each <= slow_ms]
    return [_quote(slower_than(marked[-1]))] if marked else []


def _span(db: sqlite3.Connection, search: Search) -> tuple[int, int] | None:
    """Give between which places in the log events of a time are; None when there are none."""
    if search.since is None and search.until is None:
        return 0, _FAR
    first_ms = 0 if search.since is None else to_ms(search.since)
    end_ms = _FAR if search.until is None else to_ms(search.until)
    first, last = db.execute(
        "SELECT min(number), max(number) FROM blocks WHERE last_ms >= ? AND first_ms < ?", (first_ms, end_ms)
    ).fetchone()
    return None if first is None else (first_in_block(first), first_in_block(last + 1) - 1)


def _asked(words: Wanted) -> Iterator[str]:
    """Write words as the index is asked for them: each in quotes, so that none means anything else than itself."""
    parts = [*map(_quote, words.words), *(f"{_quote(words.beginning)}*" for _ in words.beginning[:1])]
    if words.instead:
        instead = f"{_quote(words.instead)}*"
        yield f"(({' AND '.join(parts)}) OR {instead})" if parts else instead
    else:
        yield from parts


def _quote(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def _seqs(db: sqlite3.Connection, plan: _Plan, last: int, limit: int, *, enough: int) -> tuple[Sequence[int], bool]:
    """Find places in the log, from the last one back; tell whether these are all, or as many as may be.

    Where looking on is dear, it ends once there are enough.
    """
    if not plan.index:
        condition = plan.rows or _ALL
        rows = db.execute(
            f"SELECT seq FROM events WHERE seq BETWEEN ? AND ? {condition.text} ORDER BY seq DESC LIMIT ?",  # noqa: S608
            (plan.first, last, *condition.values, limit),
        )
        return [seq for (seq,) in rows.fetchall()], True
    found: list[int] = []
    partitions = db.execute(
        "SELECT number FROM partitions WHERE number BETWEEN ? AND ? ORDER BY number DESC",
        (partition_of(plan.first), partition_of(last)),
    ).fetchall()
    for (partition,) in partitions:
        if len(found) >= (enough if plan.is_dear else limit):
            return found, len(found) >= limit
        found += _in_partition(db, plan, partition, last, limit - len(found))
    return found, True


def _in_partition(db: sqlite3.Connection, plan: _Plan, partition: int, last: int, limit: int) -> Sequence[int]:
    table = words_table(partition)
    bounds = (max(plan.first, first_in(partition)), min(last, first_in(partition + 1) - 1))
    if plan.rest and plan.rest != plan.index:
        few = _matching(db, plan, table, plan.rest, (*bounds, _FEW + 1))
        if len(few) <= _FEW:
            there = present(db, few)
            return [seq for seq in few if plan.words.are_in(there[seq].words())][:limit]
    return _matching(db, plan, table, plan.index, (*bounds, limit))


def _matching(
    db: sqlite3.Connection, plan: _Plan, table: str, asked: str, within: tuple[int, int, int]
) -> Sequence[int]:
    """Ask the index of a partition for what is between two places, so many at most."""
    joined, condition = ("CROSS JOIN events ON seq = found.rowid", plan.rows) if plan.rows else ("", _ALL)
    first, last, limit = within
    rows = db.execute(
        f"SELECT found.rowid FROM {table} AS found {joined}"  # noqa: S608 - our own text
        f" WHERE {table} MATCH ? AND found.rowid BETWEEN ? AND ? {condition.text} ORDER BY found.rowid DESC LIMIT ?",
        (asked, first, last, *condition.values, limit),
    )
    return [seq for (seq,) in rows.fetchall()]


def _events(db: sqlite3.Connection, seqs: Sequence[int]) -> Sequence[Event]:
    if not seqs:
        return ()
    marks = ", ".join("?" * len(seqs))
    rows = db.execute(
        f"SELECT {COLUMNS} FROM events JOIN kinds ON id = kind WHERE seq IN ({marks}) ORDER BY seq DESC",  # noqa: S608
        seqs,
    )
    return [event_in(row) for row in rows.fetchall()]
