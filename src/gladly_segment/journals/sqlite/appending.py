"""How receipts come into the journal; the function is one operation within its transaction."""

import sqlite3
from collections.abc import Collection
from typing import Final

from gladly_segment.core.errors import JournalUnavailableError
from gladly_segment.core.lifecycle import Priority, Stage, unsettled
from gladly_segment.core.moments import to_ms
from gladly_segment.core.records import Appended, Receipt
from gladly_segment.journals.sqlite import erasure
from gladly_segment.journals.sqlite.bookkeeping import TRAFFIC_OF, Woken, checksum, count, next_in_lane, pull_up
from gladly_segment.journals.sqlite.forgotten import is_forgotten
from gladly_segment.journals.sqlite.upkeep import used_bytes

_ROOM_OF_THE_PAST: Final = 0.8
"""The past may fill so much of the journal: the rest is for webhooks, which must never be turned away for it."""


def append(db: sqlite3.Connection, receipt: Receipt, max_bytes: int | None) -> tuple[Appended, Collection[Woken]]:
    """Insert a receipt, unless its key is there already; tell which stages have something new to claim.

    Raises JournalUnavailableError when there is no room.
    """
    if is_forgotten(db, receipt.organization, receipt.key):
        return Appended.DUPLICATE, ()
    receipt = erasure.admitted(db, receipt)
    waits = unsettled(receipt.state)
    head = next_in_lane(db, receipt.organization, receipt.lane) if waits else None
    pulled = head is not None and pull_up(db, receipt.organization, receipt.lane, receipt.priority)
    appended = _insert(db, receipt, is_head=waits and head is None)
    if appended is Appended.NEW:
        _require_room(db, receipt.priority, max_bytes)
        count(db, receipt.organization, receipt.state, receipt.reason or "", 1)
    stages = Stage if pulled else (Stage.ENRICH,) if waits and appended is Appended.NEW else ()
    return appended, [(stage, receipt.organization, TRAFFIC_OF[receipt.priority]) for stage in stages]


def _insert(db: sqlite3.Connection, receipt: Receipt, *, is_head: bool) -> Appended:
    received_at_ms = to_ms(receipt.received_at)
    inserted = db.execute(
        "INSERT INTO receipts (organization, key, lane, event_type, event_id, occurred_at_ms, received_at_ms,"
        " source, body, state, reason, priority, entered_at_ms, due_at_ms, is_head, checksum)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (organization, key) DO NOTHING",
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
            receipt.priority,
            received_at_ms,
            received_at_ms,
            int(is_head),
            checksum(receipt.body),
        ),
    ).rowcount
    return Appended.NEW if inserted else Appended.DUPLICATE


def _require_room(db: sqlite3.Connection, priority: Priority, max_bytes: int | None) -> None:
    if max_bytes is None:
        return
    may = int(max_bytes * _ROOM_OF_THE_PAST) if priority is Priority.BACKFILL else max_bytes
    if used_bytes(db) > may:
        whose = "the past may fill" if priority is Priority.BACKFILL else "it may"
        raise JournalUnavailableError(
            f"the journal holds more than the {may} bytes that {whose}",
            hint="find out why the backlog grows, shorten retention_days, or raise journal_max_gb",
        )
