"""What a person asks of the journal; each function is one operation within its transaction."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from enum import Enum, auto
from typing import Any, Final

from gladly_segment.core.ids import Lane, MessageId, OrganizationId, Seq
from gladly_segment.core.lifecycle import (
    CURATED,
    RESENT_AS_IT_IS,
    DropReason,
    ParkCause,
    Priority,
    State,
)
from gladly_segment.core.moments import to_moment, to_ms
from gladly_segment.core.records import Attempt, History, Selection, Source
from gladly_segment.journals.sqlite.bookkeeping import (
    Step,
    checksum,
    count,
    note_attempt,
    promote,
    read_fetched,
    verify,
    write_fetched,
)

_COLUMNS: Final = (
    "seq, organization, lane, event_type, event_id, occurred_at_ms, received_at_ms, source, state, reason, detail,"
    " attempts, due_at_ms, message_id, notes, body, payload, fetched"
)
PERSON: Final = "person"


def find(db: sqlite3.Connection, selection: Selection, after: Seq, limit: int) -> Sequence[History]:
    """Find up to `limit` receipts of a selection behind a place in the log."""
    conditions, values = _conditions(selection)
    # Along the log from where the last portion ended: any other index would be read and sorted whole each time.
    by_state = selection.states == (State.PARKED,) and selection.seqs is None
    along = "INDEXED BY receipts_parked" if by_state else "NOT INDEXED"
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM receipts {along} WHERE seq > ? {conditions} ORDER BY seq LIMIT ?",  # noqa: S608 - own
        (after, *values, limit),
    )
    return [_history(row, ()) for row in rows.fetchall()]


def receipt(db: sqlite3.Connection, seq: Seq) -> History | None:
    """Read one receipt, with its history."""
    row = db.execute(f"SELECT {_COLUMNS} FROM receipts WHERE seq = ?", (seq,)).fetchone()  # noqa: S608 - own
    return None if row is None else _history(row, _attempts(db, seq))


def explain(db: sqlite3.Connection, organization: OrganizationId | None, lane: Lane) -> Sequence[History]:
    """Read all receipts of a lane, with their histories."""
    organizations = (
        [organization] if organization else [row[0] for row in db.execute("SELECT DISTINCT organization FROM tallies")]
    )
    histories: list[History] = []
    for each in organizations:
        rows = db.execute(
            f"SELECT {_COLUMNS} FROM receipts WHERE organization = ? AND lane = ? ORDER BY seq",  # noqa: S608
            (each, lane),
        )
        histories += [_history(row, _attempts(db, row[0])) for row in rows.fetchall()]
    return sorted(histories, key=lambda history: history.seq)


class Curated(Enum):
    """What became of a receipt that a person meant."""

    MOVED = auto()
    LEFT = auto()
    """Its state does not allow it."""
    WITHOUT_CONTENT = auto()
    """Its content is no longer kept, so that nothing can be made of it."""


def reopen(db: sqlite3.Connection, history: History, now: datetime, *, remap: bool | None) -> Curated:
    """Send a receipt on its way again, if its state allows that; `remap` None leaves it to a dead letter's cause."""
    after = _reopened(history, remap)
    if not _may(history, after):
        return Curated.LEFT
    if not history.body:
        return Curated.WITHOUT_CONTENT
    _reopen(db, history, after, to_ms(now))
    return Curated.MOVED


def drop(db: sqlite3.Connection, history: History, now: datetime) -> Curated:
    """Give a dead letter up, if it is one."""
    if not _may(history, State.DROPPED):
        return Curated.LEFT
    leave(db, history, State.DROPPED, DropReason.BY_HAND, to_ms(now))
    return Curated.MOVED


def leave(db: sqlite3.Connection, history: History, after: State, reason: str, now_ms: int) -> None:
    """Bring a receipt into another state as a person wishes; the caller knows that it may go there."""
    db.execute(
        "UPDATE receipts SET state = ?, reason = ?, detail = '', entered_at_ms = ? WHERE seq = ?",
        (after, reason, now_ms, history.seq),
    )
    count(db, history.organization, history.state, history.reason, -1)
    count(db, history.organization, after, reason, 1)
    note_attempt(db, history.seq, PERSON, Step(now_ms, after, reason))


def _may(history: History, after: State) -> bool:
    return after in CURATED.get(history.state, frozenset())


def _reopened(history: History, remap: bool | None) -> State:
    if remap is None:
        remap = not history.payload or ParkCause(history.reason) not in RESENT_AS_IT_IS
    return State.RECEIVED if remap or not history.payload else State.READY


def _reopen(db: sqlite3.Connection, history: History, after: State, now_ms: int) -> None:
    leave(db, history, after, "", now_ms)
    (stored,) = db.execute("SELECT checksum FROM receipts WHERE seq = ?", (history.seq,)).fetchone()
    verify(history.seq, stored, history.body, history.payload)  # before it gets a new one
    payload = history.payload if after is State.READY else b""
    db.execute(
        "UPDATE receipts SET payload = ?, checksum = ?, priority = ?, due_at_ms = ?, attempts = 0, notes = ?,"
        " fetched = ?"
        " WHERE seq = ?",
        (
            payload,
            checksum(payload, checksum(history.body)),
            Priority.REPLAY,
            now_ms,
            ",".join(history.notes) if payload else "",
            write_fetched(history.fetched) if payload else "",
            history.seq,
        ),
    )
    promote(db, history.organization, history.lane)


def _conditions(selection: Selection) -> tuple[str, list[Any]]:
    parts: list[str] = []
    values: list[Any] = []
    for condition, value in (
        ("organization = ?", selection.organization),
        ("reason = ?", selection.cause),
        ("received_at_ms >= ?", to_ms(selection.since) if selection.since else None),
        ("received_at_ms < ?", to_ms(selection.until) if selection.until else None),
    ):
        if value is not None:
            parts.append(condition)
            values.append(value)
    if selection.states == (State.PARKED,):
        parts.append("state = 'parked'")  # as its partial index needs it
    elif selection.states:
        parts.append(f"state IN ({', '.join('?' * len(selection.states))})")
        values += selection.states
    if selection.seqs is not None:
        parts.append(f"seq IN ({', '.join('?' * len(selection.seqs))})")
        values += selection.seqs
    return "".join(f" AND {part}" for part in parts), values


def _attempts(db: sqlite3.Connection, seq: int) -> tuple[Attempt, ...]:
    rows = db.execute(
        'SELECT at_ms, "by", outcome, reason, detail, due_at_ms FROM attempts WHERE seq = ? ORDER BY number', (seq,)
    )
    return tuple(
        Attempt(to_moment(at_ms), by, outcome, reason, detail, None if due_at_ms is None else to_moment(due_at_ms))
        for at_ms, by, outcome, reason, detail, due_at_ms in rows.fetchall()
    )


def _history(row: tuple[Any, ...], attempts: tuple[Attempt, ...]) -> History:
    return History(
        seq=Seq(row[0]),
        organization=OrganizationId(row[1]),
        lane=Lane(row[2]),
        event_type=row[3],
        event_id=row[4],
        occurred_at=None if row[5] is None else to_moment(row[5]),
        received_at=to_moment(row[6]),
        source=Source(row[7]),
        state=State(row[8]),
        reason=row[9],
        detail=row[10],
        attempts_failed=row[11],
        due_at=to_moment(row[12]),
        message_id=MessageId(row[13]),
        notes=tuple(note for note in row[14].split(",") if note),
        body=row[15],
        payload=row[16],
        fetched=read_fetched(row[17]),
        attempts=attempts,
    )
