"""Rows of the file as what they stand for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from gladly_segment.core.backfill import Backfill, BackfillNumber, Found, Order, Phase, Plan, Progress, Reading
from gladly_segment.core.ids import ConversationId, CustomerId, OrganizationId
from gladly_segment.core.moments import to_moment, to_ms
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.past import PastOccurrence, Span
from gladly_segment.core.records import Source

_readings: Final = msgspec.json.Decoder(tuple[Reading, ...])


def written(value: msgspec.Struct | tuple[Reading, ...]) -> bytes:
    """Write what stands in one column as JSON."""
    return msgspec.json.encode(value)


def reading_of(start_ms: int, end_ms: int, source: str, why: str) -> Reading:
    """Read a part that was read."""
    return Reading(span=Span(to_moment(start_ms), to_moment(end_ms)), source=Source(source), why=why)


def backfill_of(row: Mapping[str, Any], read: tuple[Reading, ...]) -> Backfill:
    """Read a backfill, with the parts that were read of it."""
    order = Order(
        organization=OrganizationId(row["organization"]),
        span=Span(to_moment(row["start_ms"]), to_moment(row["end_ms"])),
        integrations=row["integrations"],
        plan_only=bool(row["plan_only"]),
    )
    expected = _readings.decode(row["expected"])
    return Backfill(
        number=BackfillNumber(row["number"]),
        order=order,
        phase=Phase(row["phase"]),
        ordered_at=to_moment(row["ordered_at_ms"]),
        changed_at=to_moment(row["changed_at_ms"]),
        readings=tuple(sorted((*read, *expected), key=lambda each: each.span)),
        read_until=_read_until(order.span, read),
        found=msgspec.json.decode(row["found"], type=Found),
        plan=None if row["plan"] is None else msgspec.json.decode(row["plan"], type=Plan),
        progress=msgspec.json.decode(row["progress"], type=Progress),
        trouble=row["trouble"],
    )


def _read_until(span: Span, read: tuple[Reading, ...]) -> datetime | None:
    until = span.start
    for each in sorted(read, key=lambda each: each.span):
        if each.span.start > until:
            break
        until = max(until, each.span.end)
    return until if until > span.start else None


def moment_of(occurrence: PastOccurrence) -> int:
    """Give what tells an occurrence apart from others of its kind and conversation."""
    return 0 if occurrence.kind is EventKind.CREATED else to_ms(occurrence.at)


OCCURRENCE: Final = "kind, conversation, customer, at_ms, told, source, event_id, certain, body"
"""The columns from which `occurrence_of` reads."""


def occurrence_of(row: tuple[Any, ...]) -> PastOccurrence:
    """Read an occurrence."""
    kind, conversation, customer, at_ms, told, source, event_id, certain, body = row
    return PastOccurrence(
        kind=EventKind(kind),
        conversation=ConversationId(conversation),
        customer=CustomerId(customer) if customer else None,
        at=to_moment(at_ms),
        told=told,
        source=Source(source),
        event_id=event_id,
        certain=bool(certain),
        body=body,
    )
