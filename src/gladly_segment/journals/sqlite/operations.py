"""What the writer thread does to the tables; each function is one operation within its transaction."""

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, TypeAlias

from gladly_segment.core.errors import StaleClaimError
from gladly_segment.core.ids import Lane, MessageId, OrganizationId, ReceiptKey, Seq
from gladly_segment.core.lifecycle import (
    CLAIMED_BY,
    PRIORITIES,
    TRANSITIONS,
    Priority,
    Stage,
    State,
    SuppressReason,
    Traffic,
    unsettled,
)
from gladly_segment.core.moments import to_moment, to_ms
from gladly_segment.core.records import (
    Deferred,
    Delivered,
    Entry,
    Ignored,
    MadeReady,
    Parked,
    Settlement,
    Source,
    Suppressed,
    Tally,
)
from gladly_segment.journals.sqlite import erasure
from gladly_segment.journals.sqlite.bookkeeping import (
    TRAFFIC_OF,
    Step,
    Woken,
    checksum,
    count,
    note_attempt,
    promote,
    verify,
    write_fetched,
)
from gladly_segment.journals.sqlite.upkeep import empty

_Row: TypeAlias = tuple[int, str, str, str, str, str, int, int, int, bytes, bytes, str, int | None, str]

_CLAIMABLE: Final = {Stage.ENRICH: "state = 'received'", Stage.DELIVER: "state = 'ready' AND is_head = 1"}

_APPLICATION_ID: Final = 0x67736A31
"""Marks the file as a journal of ours, for those who look at it with other tools: `gsj1`."""

_FARTHEST_MS: Final = 15 * 60 * 1000
"""No wait is longer: what seems due later was written before the clock went back, and is due at once."""


def claim(
    db: sqlite3.Connection,
    stage: Stage,
    organization: OrganizationId,
    limit: int,
    traffic: Traffic | None,
    *,
    claimed: Collection[Seq],
    now: datetime,
) -> tuple[Sequence[Entry], datetime | None]:
    """Find entries of a traffic that are due and not in `claimed`, and the moment when the next one will be."""
    now_ms = to_ms(now)
    entries: list[Entry] = []
    next_ms: list[int] = []
    for priority in Priority if traffic is None else PRIORITIES[traffic]:
        rows, later_ms = _due(db, _CLAIMABLE[stage], organization, priority, now_ms, limit + len(claimed))
        entries += [_entry(row) for row in rows if row[0] not in claimed]
        if len(entries) >= limit:
            return entries[:limit], None
        if later_ms is not None:
            next_ms.append(later_ms)
    return entries, to_moment(min(next_ms)) if next_ms else None


def settle(db: sqlite3.Connection, settlements: Sequence[Settlement], now: datetime) -> set[Woken]:
    """Carry out settlements; tell which stages have something new to claim or to wait for."""
    return {woken for settlement in settlements for woken in _settle_one(db, settlement, to_ms(now))}


def probe(db: sqlite3.Connection) -> None:
    """Write the file's mark anew: it changes nothing, and is written all the same."""
    db.execute(f"PRAGMA application_id = {_APPLICATION_ID}")


def tally(db: sqlite3.Connection) -> Sequence[Tally]:
    """Read the counters."""
    rows = db.execute("SELECT organization, state, reason, count, ever FROM tallies WHERE ever > 0")
    return [Tally(OrganizationId(org), State(state), reason, count, ever) for org, state, reason, count, ever in rows]


def data_version(db: sqlite3.Connection) -> int:
    """Give a number that changes when another connection has changed the file."""
    (version,) = db.execute("PRAGMA data_version").fetchone()
    return version


def _due(
    db: sqlite3.Connection, claimable: str, organization: OrganizationId, priority: Priority, now_ms: int, limit: int
) -> tuple[list[_Row], int | None]:
    # The condition is one of our own two texts, written as the partial index needs it; no value goes into it.
    source = f"FROM receipts WHERE {claimable} AND organization = ? AND priority = ?"
    columns = (
        "seq, organization, key, lane, event_type, state, entered_at_ms, received_at_ms, attempts, body, payload,"
        " message_id, checksum, source"
    )
    rows: list[_Row] = []
    for condition, bound_ms in (("due_at_ms <= ?", now_ms), ("due_at_ms > ?", now_ms + _FARTHEST_MS)):
        rows += db.execute(
            f"SELECT {columns} {source} AND {condition} ORDER BY due_at_ms, seq LIMIT ?",
            (organization, priority, bound_ms, limit - len(rows)),
        ).fetchall()
    (later_ms,) = db.execute(
        f"SELECT min(due_at_ms) {source} AND due_at_ms > ?", (organization, priority, now_ms)
    ).fetchone()
    return rows, later_ms


def _settle_one(db: sqlite3.Connection, settlement: Settlement, now_ms: int) -> list[Woken]:
    row = db.execute(
        "SELECT organization, lane, state, checksum, reason, priority FROM receipts WHERE seq = ?", (settlement.seq,)
    ).fetchone()
    if row is None:
        raise StaleClaimError(f"there is no receipt {settlement.seq}")
    organization, lane, before = OrganizationId(row[0]), Lane(row[1]), State(row[2])
    if row[4] == SuppressReason.CUSTOMER_ERASED:
        _note_overtaken(db, settlement, now_ms)
        return []
    settlement = erasure.settled(db, organization, settlement)
    after = _target(settlement, before)
    # A state leads to itself by a deferral and in no other way.
    if after not in TRANSITIONS[before] or (after is before and not isinstance(settlement, Deferred)):
        raise StaleClaimError(f"receipt {settlement.seq} is {before}, which does not lead to {after}")
    note_attempt(db, settlement.seq, CLAIMED_BY[before], _step(settlement, now_ms))
    if isinstance(settlement, Deferred):
        _defer(db, settlement)
        return [(CLAIMED_BY[before], organization, TRAFFIC_OF[row[5]])]
    _move(db, settlement, after, now_ms, row[3])
    if _reason(settlement) == SuppressReason.CUSTOMER_ERASED:
        empty(db, [settlement.seq])
    count(db, organization, before, "", -1)
    count(db, organization, after, _reason(settlement), 1)
    if unsettled(after):
        return [(CLAIMED_BY[after], organization, TRAFFIC_OF[row[5]])]
    head = promote(db, organization, lane)
    return [(CLAIMED_BY[head.state], organization, TRAFFIC_OF[head.priority])] if head else []


def _note_overtaken(db: sqlite3.Connection, settlement: Settlement, now_ms: int) -> None:
    # The receipt was erased while a stage had it in hand; what reached Segment all the same must be known.
    if isinstance(settlement, Delivered):
        note_attempt(db, settlement.seq, Stage.DELIVER, _step(settlement, now_ms))


def _step(settlement: Settlement, now_ms: int) -> Step:
    match settlement:
        case Deferred(due_at=due_at, detail=detail):
            return Step(now_ms, "deferred", detail=detail, due_at_ms=to_ms(due_at))
        case Parked(cause=cause, detail=detail):
            return Step(now_ms, State.PARKED, cause, detail)
        case Delivered(answer=answer):
            return Step(now_ms, State.DELIVERED, detail=answer)
        case _:
            return Step(now_ms, _target(settlement, State.RECEIVED), _reason(settlement))


def _target(settlement: Settlement, before: State) -> State:
    match settlement:
        case MadeReady():
            return State.READY
        case Delivered():
            return State.DELIVERED
        case Suppressed():
            return State.SUPPRESSED
        case Ignored():
            return State.IGNORED
        case Parked():
            return State.PARKED
        case Deferred():
            return before


def _reason(settlement: Settlement) -> str:
    match settlement:
        case Suppressed(reason=reason) | Ignored(reason=reason):
            return reason
        case Parked(cause=cause):
            return cause
        case MadeReady() | Delivered() | Deferred():
            return ""


def _defer(db: sqlite3.Connection, deferred: Deferred) -> None:
    db.execute(
        "UPDATE receipts SET due_at_ms = ?, attempts = attempts + ?, detail = ? WHERE seq = ?",
        (to_ms(deferred.due_at), int(deferred.counted), deferred.detail, deferred.seq),
    )


def _move(
    db: sqlite3.Connection, settlement: Settlement, after: State, now_ms: int, before_checksum: int | None
) -> None:
    detail = settlement.detail if isinstance(settlement, Parked) else ""
    db.execute(
        "UPDATE receipts SET state = ?, reason = ?, detail = ?, entered_at_ms = ?, due_at_ms = ?, attempts = 0,"
        " is_head = is_head AND ? WHERE seq = ?",
        (after, _reason(settlement), detail, now_ms, now_ms, unsettled(after), settlement.seq),
    )
    if isinstance(settlement, MadeReady):
        db.execute(
            "UPDATE receipts SET payload = ?, message_id = ?, notes = ?, fetched = ?, checksum = ? WHERE seq = ?",
            (
                settlement.payload,
                settlement.message_id,
                ",".join(settlement.notes),
                write_fetched(settlement.fetched),
                None if before_checksum is None else checksum(settlement.payload, before_checksum),
                settlement.seq,
            ),
        )
    elif isinstance(settlement, Suppressed):
        fetched = write_fetched(settlement.fetched)
        db.execute("UPDATE receipts SET fetched = ? WHERE seq = ?", (fetched, settlement.seq))


def _entry(row: _Row) -> Entry:
    verify(Seq(row[0]), row[12], row[9], row[10])
    return Entry(
        seq=Seq(row[0]),
        organization=OrganizationId(row[1]),
        key=ReceiptKey(row[2]),
        lane=Lane(row[3]),
        event_type=row[4],
        state=State(row[5]),
        entered_at=to_moment(row[6]),
        received_at=to_moment(row[7]),
        attempts=row[8],
        body=row[9],
        payload=row[10],
        message_id=MessageId(row[11]),
        source=Source(row[13]),
    )
