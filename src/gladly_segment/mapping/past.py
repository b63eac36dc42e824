"""Occurrences of the past as bodies of webhooks, and back: whatever a list tells of goes the way of what comes live."""

from typing import Final

import msgspec

from gladly_segment.core.entities import RawJson
from gladly_segment.core.ids import ConversationId, CustomerId
from gladly_segment.core.moments import parse_moment
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.past import ConversationMerged, PastOccurrence, Told, Unreadable
from gladly_segment.core.records import Source
from gladly_segment.mapping.intake import NotAnEvent, WireContent, WireEvent, read_event
from gladly_segment.mapping.registry import MAPPINGS
from gladly_segment.mapping.track import ALL_DESTINATIONS

_TYPES: Final = {mapping.kind: mapping.event_type for mapping in MAPPINGS.values()}
_MERGED: Final = "CUSTOMER/MERGED"


class _Content(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    conversation_id: ConversationId
    customer_id: CustomerId | None = None


class _Body(msgspec.Struct, frozen=True, omit_defaults=True):
    type: str
    timestamp: str
    content: _Content
    id: str = ""


class _Carried(msgspec.Struct, frozen=True):
    # No name that Gladly might give to something of its own one day.
    integrations: RawJson = msgspec.field(name="segmentIntegrations", default=ALL_DESTINATIONS)


_carried_decoder: Final = msgspec.json.Decoder(_Carried)


def past_body(occurrence: PastOccurrence, integrations: bytes = b"{}") -> bytes:
    """Write an occurrence as Gladly would have sent it; as it stands in the list where that has this form.

    `integrations` is a JSON object that its track event is to carry, `{}` for all destinations.
    """
    body = occurrence.body or msgspec.json.encode(
        _Body(
            id=occurrence.event_id,
            type=_TYPES[occurrence.kind],
            timestamp=occurrence.told,
            content=_Content(occurrence.conversation, occurrence.customer),
        )
    )
    if integrations == bytes(ALL_DESTINATIONS):
        return body
    return body.rstrip()[:-1] + b',"segmentIntegrations":' + integrations + b"}"


def integrations_of(body: bytes) -> RawJson:
    """Give the `integrations` that a body's track event is to carry: those of `past_body`, else all destinations."""
    try:
        carried = _carried_decoder.decode(body).integrations
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return ALL_DESTINATIONS
    return carried if bytes(carried).startswith(b"{") else ALL_DESTINATIONS


def told_in(line: bytes, number: int) -> Told | None:
    """Read a line of the Events API, its number is given; None when it tells of nothing that is asked for."""
    event = read_event(line)
    if isinstance(event, NotAnEvent):
        return Unreadable(number, str(event))
    mapping = MAPPINGS.get(event.type)
    if mapping is not None:
        return _occurrence(event, mapping.kind, line, number)
    return _merged(event, number) if event.type == _MERGED else None


def _occurrence(event: WireEvent, kind: EventKind, line: bytes, number: int) -> PastOccurrence | Unreadable:
    content, told = event.content or WireContent(), event.timestamp or ""
    at = parse_moment(told)
    if not content.conversation_id or at is None:
        return Unreadable(number, "it names no conversation" if at is not None else "it names no time")
    return PastOccurrence(
        kind=kind,
        conversation=content.conversation_id,
        customer=content.customer_id,
        at=at,
        told=told,
        source=Source.EVENTS_API,
        event_id=event.id or "",
        body=line,
    )


def _merged(event: WireEvent, number: int) -> ConversationMerged | Unreadable | None:
    content, at = event.content or WireContent(), parse_moment(event.timestamp or "")
    if not content.source_conversation_id:
        return None
    if at is None:
        return Unreadable(number, "it names no time")
    return ConversationMerged(content.source_conversation_id, content.destination_conversation_id, at)
