"""What the writer thread does to the tables; each function is one operation within its transaction."""

import sqlite3
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from gladly_segment.core.errors import StaleClaimError
from gladly_segment.core.ids import Lane, MessageId, OrganizationId, ReceiptKey, Seq
from gladly_segment.core.lifecycle import CLAIMED_BY, TRANSITIONS, Stage, State, unsettled
from gladly_segment.core.records import (
    Appended,
    Deferred,
    Delivered,
    Entry,
    Ignored,
    MadeReady,
    Parked,
    Receipt,
    Settlement,
    Suppressed,
    Tally,
)

_CLAIMABLE: Final = {Stage.ENRICH: "state = 'received'", Stage.DELIVER: "state = 'ready' AND is_head = 1"}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def append(db: sqlite3.Connection, receipt: Receipt) -> Appended:
    """Insert a receipt, unless its key is there already."""
    is_head = unsettled(receipt.state) and not _next_in_lane(db, receipt.organization, receipt.lane)
    received_at_ms = to_ms(receipt.received_at)
    inserted = db.execute(
        "INSERT INTO receipts (organization, key, lane, event_type, event_id, occurred_at_ms, received_at_ms,"
        " source, body, state, reason, entered_at_ms, due_at_ms, is_head)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (organization, key) DO NOTHING",
        (
            receipt.organization,
            receipt.key,
            receipt.lane,
            receipt.event_type,
            receipt.event_id,
            to_ms(receipt.occurred_at) if receipt.occurred_at else None,
            received_at_ms,
            receipt.source,
            receipt.body,
            receipt.state,
            receipt.reason or "",
            received_at_ms,
            received_at_ms,
            int(is_head),
        ),
    ).rowcount
    if not inserted:
        return Appended.DUPLICATE
    _count(db, receipt.organization, receipt.state, receipt.reason or "", 1)
    return Appended.NEW


def claim(
    db: sqlite3.Connection,
    stage: Stage,
    organization: OrganizationId,
    limit: int,
    *,
    claimed: Collection[Seq],
    now: datetime,
) -> tuple[Sequence[Entry], datetime | None]:
    """Find entries that are due and not in `claimed`, and the moment when the next one will be."""
    # The condition is one of our own two texts, written as the partial index needs it; no value goes into it.
    source = f"FROM receipts WHERE {_CLAIMABLE[stage]} AND organization = ?"
    now_ms = to_ms(now)
    rows = db.execute(
        "SELECT seq, organization, key, lane, event_type, state, entered_at_ms, received_at_ms, attempts, body,"
        f" payload, message_id {source} AND due_at_ms <= ? ORDER BY due_at_ms, seq LIMIT ?",
        (organization, now_ms, limit + len(claimed)),
    )
    entries = [_entry(row) for row in rows if row[0] not in claimed][:limit]
    (next_ms,) = db.execute(f"SELECT min(due_at_ms) {source} AND due_at_ms > ?", (organization, now_ms)).fetchone()
    return entries, None if next_ms is None else to_moment(next_ms)


def settle(
    db: sqlite3.Connection, settlements: Sequence[Settlement], now: datetime
) -> set[tuple[Stage, OrganizationId]]:
    """Carry out settlements; tell which stages have something new to claim or to wait for."""
    return {woken for settlement in settlements for woken in _settle_one(db, settlement, to_ms(now))}


def tally(db: sqlite3.Connection) -> Sequence[Tally]:
    """Read the counters."""
    rows = db.execute("SELECT organization, state, reason, count FROM tallies WHERE count > 0")
    return [Tally(OrganizationId(org), State(state), reason, count) for org, state, reason, count in rows]


def _settle_one(db: sqlite3.Connection, settlement: Settlement, now_ms: int) -> list[tuple[Stage, OrganizationId]]:
    row = db.execute("SELECT organization, lane, state FROM receipts WHERE seq = ?", (settlement.seq,)).fetchone()
    if row is None:
        raise StaleClaimError(f"there is no receipt {settlement.seq}")
    organization, lane, before = OrganizationId(row[0]), Lane(row[1]), State(row[2])
    after = _target(settlement, before)
    # A state leads to itself by a deferral and in no other way.
    if after not in TRANSITIONS[before] or (after is before and not isinstance(settlement, Deferred)):
        raise StaleClaimError(f"receipt {settlement.seq} is {before}, which does not lead to {after}")
    if isinstance(settlement, Deferred):
        _defer(db, settlement)
        return [(CLAIMED_BY[before], organization)]
    _move(db, settlement, after, now_ms)
    _count(db, organization, before, "", -1)
    _count(db, organization, after, _reason(settlement), 1)
    if unsettled(after):
        return [(CLAIMED_BY[after], organization)]
    promoted = _promote(db, organization, lane)
    return [(CLAIMED_BY[promoted], organization)] if promoted else []


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


def _move(db: sqlite3.Connection, settlement: Settlement, after: State, now_ms: int) -> None:
    detail = settlement.detail if isinstance(settlement, Parked) else ""
    db.execute(
        "UPDATE receipts SET state = ?, reason = ?, detail = ?, entered_at_ms = ?, due_at_ms = ?, attempts = 0,"
        " is_head = is_head AND ? WHERE seq = ?",
        (after, _reason(settlement), detail, now_ms, now_ms, unsettled(after), settlement.seq),
    )
    if isinstance(settlement, MadeReady):
        db.execute(
            "UPDATE receipts SET payload = ?, message_id = ?, notes = ? WHERE seq = ?",
            (settlement.payload, settlement.message_id, ",".join(settlement.notes), settlement.seq),
        )


def _promote(db: sqlite3.Connection, organization: OrganizationId, lane: Lane) -> State | None:
    following = _next_in_lane(db, organization, lane)
    if following is None:
        return None
    seq, state = following
    db.execute("UPDATE receipts SET is_head = 1 WHERE seq = ?", (seq,))
    return state


def _next_in_lane(db: sqlite3.Connection, organization: OrganizationId, lane: Lane) -> tuple[Seq, State] | None:
    row = db.execute(
        "SELECT seq, state FROM receipts WHERE organization = ? AND lane = ? AND state IN ('received', 'ready')"
        " ORDER BY seq LIMIT 1",
        (organization, lane),
    ).fetchone()
    return None if row is None else (Seq(row[0]), State(row[1]))


def _count(db: sqlite3.Connection, organization: OrganizationId, state: State, reason: str, change: int) -> None:
    db.execute(
        "INSERT INTO tallies (organization, state, reason, count) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (organization, state, reason) DO UPDATE SET count = count + excluded.count",
        (organization, state, reason, change),
    )


_Row = tuple[int, str, str, str, str, str, int, int, int, bytes, bytes, str]


def _entry(row: _Row) -> Entry:
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
    )


def to_ms(moment: datetime) -> int:
    """Count whole milliseconds since 1970, exactly."""
    return (moment - _EPOCH) // _MILLISECOND


def to_moment(ms: int) -> datetime:
    """Turn milliseconds since 1970 into a moment."""
    return _EPOCH + ms * _MILLISECOND
