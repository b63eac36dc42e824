"""From the bytes of a Gladly event to a receipt: webhook, Events API and replay go the same way."""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias, TypeVar

import msgspec

from gladly_segment.core import identity
from gladly_segment.core.ids import ConversationId, CustomerId, Lane, OrganizationId, ReceiptKey
from gladly_segment.core.lifecycle import IgnoreReason, ParkCause, State
from gladly_segment.core.moments import parse_moment
from gladly_segment.core.records import Receipt, Source
from gladly_segment.mapping.registry import MAPPINGS, PING, PROFILE_CHANGES

T = TypeVar("T")


class WireContent(msgspec.Struct, frozen=True, rename="camel"):
    """The ids in an event's content, as far as they are used (Gladly fact sheet, webhooks)."""

    conversation_id: ConversationId | None = None
    customer_id: CustomerId | None = None
    source_customer_id: CustomerId | None = None
    destination_customer_id: CustomerId | None = None
    source_conversation_id: ConversationId | None = None
    destination_conversation_id: ConversationId | None = None

    def customers(self) -> tuple[CustomerId, ...]:
        """Give the customers whose profiles the event concerns."""
        named = (self.customer_id, self.source_customer_id, self.destination_customer_id)
        return tuple(customer for customer in named if customer)


class WireEvent(msgspec.Struct, frozen=True):
    """A Gladly event as it arrives; all but the type may be missing."""

    type: str
    id: str | None = None
    timestamp: str | None = None
    content: WireContent | None = None


class NotAnEvent(StrEnum):
    """Why a body cannot be taken as a Gladly event."""

    MALFORMED_JSON = "malformed_json"
    NO_EVENT_TYPE = "no_event_type"


class Ping(msgspec.Struct, frozen=True):
    """Gladly asks whether somebody listens."""


Intake: TypeAlias = Receipt | Ping | NotAnEvent

_decoder: Final = msgspec.json.Decoder(WireEvent)
_document: Final = msgspec.json.Decoder(msgspec.Raw)
_object_decoder: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_text_decoder: Final = msgspec.json.Decoder(str)

UNKNOWN_TYPE: Final = "unknown"
_TYPE: Final = re.compile(r"[A-Z][A-Z0-9_]{0,39}(/[A-Z][A-Z0-9_]{0,39})?")

_NULL: Final = msgspec.Raw(b"null")


def read_event(body: bytes) -> WireEvent | NotAnEvent:
    """Read an event. Fields of an unexpected form count as missing: only the type is needed to take it."""
    try:
        return _read(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return NotAnEvent.MALFORMED_JSON


def _read(body: bytes) -> WireEvent | NotAnEvent:
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError:
        return _read_field_by_field(_document.decode(body))


def _read_field_by_field(document: msgspec.Raw) -> WireEvent | NotAnEvent:
    fields = _fields(document)
    content = _fields(fields.get("content", _NULL))
    try:
        return msgspec.convert({**_texts(fields, WireEvent), "content": _texts(content, WireContent)}, WireEvent)
    except msgspec.ValidationError:
        return NotAnEvent.NO_EVENT_TYPE


def _fields(value: msgspec.Raw) -> Mapping[str, msgspec.Raw]:
    return _decoded(value, _object_decoder) or {}


def _texts(fields: Mapping[str, msgspec.Raw], wanted: type[msgspec.Struct]) -> Mapping[str, str]:
    names = (name for name in wanted.__struct_encode_fields__ if name in fields)
    texts = {name: _decoded(fields[name], _text_decoder) for name in names}
    return {name: text for name, text in texts.items() if text is not None}


def _decoded(value: msgspec.Raw, decoder: msgspec.json.Decoder[T]) -> T | None:
    try:
        return decoder.decode(value)
    except msgspec.ValidationError:
        return None


def told_type(event_type: str) -> str:
    """Give an event's type as logs and metrics may tell it: only what has the form of Gladly's own types."""
    return event_type if _TYPE.fullmatch(event_type) else UNKNOWN_TYPE


def take_in(body: bytes, *, organization: OrganizationId, received_at: datetime, source: Source) -> Intake:
    """Make the receipt of an event: what it is called, what it must stay in order with, where it enters.

    An event of a known type that lacks its ids enters as a dead letter: refusing it would make Gladly
    disable the webhook (Gladly fact sheet, webhooks).
    """
    event = read_event(body)
    if isinstance(event, NotAnEvent):
        return event
    if event.type == PING:
        return Ping()
    key, lane, state, reason = _place(event, body, organization)
    return Receipt(
        organization=organization,
        key=key,
        lane=lane,
        event_type=event.type,
        event_id=event.id or "",
        occurred_at=parse_moment(event.timestamp or ""),
        received_at=received_at,
        source=source,
        body=body,
        state=state,
        reason=reason,
    )


def conversation_lane(conversation: ConversationId) -> Lane:
    """Name what keeps a conversation's events in order."""
    return Lane(f"conversation:{conversation}")


_Place: TypeAlias = tuple[ReceiptKey, Lane, State, IgnoreReason | ParkCause | None]


def _place(event: WireEvent, body: bytes, organization: OrganizationId) -> _Place:
    content = event.content or WireContent()
    by_event = _event_key(event, body, organization)
    if event.type in MAPPINGS:
        if not content.conversation_id:
            return by_event, Lane(by_event), State.PARKED, ParkCause.EVENT_INCOMPLETE
        key = _occurrence_key(event, content.conversation_id, organization) or by_event
        return key, conversation_lane(content.conversation_id), State.RECEIVED, None
    if event.type in PROFILE_CHANGES and content.customers():
        return by_event, Lane(f"customer:{content.customers()[0]}"), State.RECEIVED, None
    # It holds nothing back, but belongs to what is told of the conversation.
    lane = conversation_lane(content.conversation_id) if content.conversation_id else Lane(by_event)
    return by_event, lane, State.IGNORED, IgnoreReason.TYPE_NOT_MAPPED


def _occurrence_key(event: WireEvent, conversation: ConversationId, organization: OrganizationId) -> ReceiptKey | None:
    if event.type == "CONVERSATION/CREATED":
        return identity.created_key(organization, conversation)
    return identity.closed_key(organization, conversation, event.timestamp or "")


def _event_key(event: WireEvent, body: bytes, organization: OrganizationId) -> ReceiptKey:
    if event.id:
        return identity.event_key(organization, event.type, event.id)
    return identity.body_key(organization, body)
