"""The journal's records: what goes in, what is handed out, and how it is settled."""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

import msgspec

from gladly_segment.core.ids import Lane, MessageId, OrganizationId, ReceiptKey, Seq
from gladly_segment.core.lifecycle import IgnoreReason, ParkCause, State, SuppressReason


class Source(StrEnum):
    """By what path an event reached us."""

    WEBHOOK = "webhook"


class MappingNote(StrEnum):
    """What mapping had to leave out, recorded beside the event."""

    PHONE_NOT_A_NUMBER = "phone_not_a_number"
    CUSTOM_ATTRIBUTES_NOT_AN_OBJECT = "custom_attributes_not_an_object"
    AGENT_NOT_LISTED = "agent_not_listed"


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """One accepted Gladly event with its raw body, and the state in which it enters the journal."""

    organization: OrganizationId
    key: ReceiptKey
    lane: Lane
    event_type: str
    event_id: str
    occurred_at: datetime | None
    received_at: datetime
    source: Source
    body: bytes
    state: State = State.RECEIVED
    reason: IgnoreReason | ParkCause | None = None


class Appended(StrEnum):
    """What the journal did with a receipt; both mean that it is durable."""

    NEW = "new"
    DUPLICATE = "duplicate"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A claimed receipt. `attempts` failed in this state so far; `payload` and `message_id` are there once READY."""

    seq: Seq
    organization: OrganizationId
    key: ReceiptKey
    lane: Lane
    event_type: str
    state: State
    entered_at: datetime
    received_at: datetime
    attempts: int
    body: bytes
    payload: bytes
    message_id: MessageId


class MadeReady(msgspec.Struct, frozen=True, tag=True):
    """Enriched and mapped: `payload` is the track event's JSON, sent as it is at every attempt."""

    seq: Seq
    payload: bytes
    message_id: MessageId
    notes: tuple[MappingNote, ...] = ()


class Delivered(msgspec.Struct, frozen=True, tag=True):
    """Segment accepted the event."""

    seq: Seq


class Suppressed(msgspec.Struct, frozen=True, tag=True):
    """There is nothing to send."""

    seq: Seq
    reason: SuppressReason


class Ignored(msgspec.Struct, frozen=True, tag=True):
    """The event leads to no track event."""

    seq: Seq
    reason: IgnoreReason


class Parked(msgspec.Struct, frozen=True, tag=True):
    """Set aside as a dead letter; `detail` says what exactly was met, free of secrets and personal data."""

    seq: Seq
    cause: ParkCause
    detail: str = ""


class Deferred(msgspec.Struct, frozen=True, tag=True):
    """Stays in its state until `due_at`; `counted` adds one to its attempts."""

    seq: Seq
    due_at: datetime
    counted: bool
    detail: str = ""


Settlement: TypeAlias = MadeReady | Delivered | Suppressed | Ignored | Parked | Deferred


class Tally(msgspec.Struct, frozen=True):
    """How many receipts of an organization stand in a state, or ended in it, for a reason ("" for none)."""

    organization: OrganizationId
    state: State
    reason: str
    count: int
