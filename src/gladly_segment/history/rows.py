"""How rows of the history's tables are read."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final

from gladly_segment.core.ids import ConversationId, CustomerId, MessageId, OrganizationId, Seq
from gladly_segment.core.lifecycle import State
from gladly_segment.core.moments import to_moment
from gladly_segment.core.records import Source
from gladly_segment.history.document import Document, Kind
from gladly_segment.ports.history import Event

COLUMNS: Final = (
    "seq, organization, source, event_type, event, state, reason, received_ms, occurred_ms, ended_ms, attempts,"
    " customer, customer_name, conversation, message_id, event_id, texts, revision"
)
"""Of an event and its kind together."""


def document_in(row: Sequence[Any]) -> Document:
    """Read an event as it was made of its receipt."""
    return Document(
        seq=row[0],
        kind=Kind(*row[1:7]),
        received_ms=row[7],
        occurred_ms=row[8],
        ended_ms=row[9],
        attempts=row[10],
        customer=row[11],
        customer_name=row[12],
        conversation=row[13],
        message_id=row[14],
        event_id=row[15],
        texts=row[16],
    )


def event_in(row: Sequence[Any]) -> Event:
    """Read an event as a list shows it."""
    received_ms, occurred_ms, ended_ms = row[7:10]
    return Event(
        seq=Seq(row[0]),
        revision=row[17],
        organization=OrganizationId(row[1]),
        received_at=to_moment(received_ms),
        occurred_at=None if occurred_ms is None else to_moment(occurred_ms),
        source=Source(row[2]),
        event_type=row[3],
        event=row[4],
        customer=CustomerId(row[11]) or None,
        customer_name=row[12],
        conversation=ConversationId(row[13]) or None,
        state=State(row[5]),
        reason=row[6],
        attempts=row[10],
        message_id=MessageId(row[14]),
        event_id=row[15],
        ended_at=None if ended_ms is None else to_moment(ended_ms),
        latency_ms=None if ended_ms is None else max(0, ended_ms - received_ms),
    )


def present(db: sqlite3.Connection, seqs: Sequence[int]) -> Mapping[int, Document]:
    """Give events by their places in the log."""
    marks = ", ".join("?" * len(seqs))
    rows = db.execute(f"SELECT {COLUMNS} FROM events JOIN kinds ON id = kind WHERE seq IN ({marks})", seqs)  # noqa: S608
    return {row[0]: document_in(row) for row in rows.fetchall()}
