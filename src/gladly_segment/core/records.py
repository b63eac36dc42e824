"""The journal's records: what goes in, what is handed out, and how it is settled."""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

import msgspec

from gladly_segment.core.ids import Lane, MessageId, OrganizationId, ReceiptKey, Seq
from gladly_segment.core.lifecycle import IgnoreReason, ParkCause, Priority, State, SuppressReason
from gladly_segment.core.provenance import Fetched


class Source(StrEnum):
    """By what path an event reached us."""

    WEBHOOK = "webhook"
    EVENTS_API = "events_api"
    EXPORT = "export"
    REPORT = "report"

    @property
    def is_of_the_past(self) -> bool:
        """Tell of a list of what is long over: how long such an event takes says nothing of the service."""
        return self in (Source.EXPORT, Source.REPORT)


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
    reason: IgnoreReason | ParkCause | SuppressReason | None = None
    priority: Priority = Priority.LIVE


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
    source: Source
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
    fetched: tuple[Fetched, ...] = ()


class Delivered(msgspec.Struct, frozen=True, tag=True):
    """Segment accepted the event; `answer` says how, free of secrets and personal data."""

    seq: Seq
    answer: str = ""


class Suppressed(msgspec.Struct, frozen=True, tag=True):
    """There is nothing to send; `fetched` shows what was not found, if that is why."""

    seq: Seq
    reason: SuppressReason
    fetched: tuple[Fetched, ...] = ()


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
    """How many receipts of an organization are in a state for a reason ("" for none), and ever entered it."""

    organization: OrganizationId
    state: State
    reason: str
    count: int
    ever: int


class Waiting(msgspec.Struct, frozen=True):
    """Since when the receipt that has been longest in a pending state of an organization has been in it."""

    organization: OrganizationId
    state: State
    since: datetime


class Attempt(msgspec.Struct, frozen=True):
    """One step in a receipt's life: what a stage, or a person, made of it; `due_at`: when it is repeated."""

    at: datetime
    by: str
    outcome: str
    reason: str
    detail: str
    due_at: datetime | None


class History(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt with everything that befell it, in order.

    `fetched` is what its track event was made of, or shows why there is none; it goes with the content.
    """

    seq: Seq
    organization: OrganizationId
    lane: Lane
    event_type: str
    event_id: str
    occurred_at: datetime | None
    received_at: datetime
    source: Source
    state: State
    reason: str
    detail: str
    attempts_failed: int
    due_at: datetime
    message_id: MessageId
    notes: tuple[str, ...]
    body: bytes
    payload: bytes
    fetched: tuple[Fetched, ...] = ()
    attempts: tuple[Attempt, ...]


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which receipts a person means. What is None does not restrict; `since` and `until` are times of receiving."""

    organization: OrganizationId | None = None
    seqs: tuple[Seq, ...] | None = None
    states: tuple[State, ...] = ()
    cause: str | None = None
    since: datetime | None = None
    until: datetime | None = None
