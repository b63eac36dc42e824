"""The life of a receipt as one table: its states, the way from one to the next, and why it may end."""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Final

import msgspec


class State(StrEnum):
    """Where a receipt stands. Words, not numbers: they are shown in the journal, on pages and in metrics alike."""

    RECEIVED = "received"
    """Durable, and waiting to be enriched and mapped."""
    READY = "ready"
    """Mapped to a track event that waits for delivery."""
    DELIVERED = "delivered"
    """Accepted by Segment."""
    SUPPRESSED = "suppressed"
    """There is nothing to send, for a reason that lies in the data."""
    IGNORED = "ignored"
    """The event is of a type that leads to no track event."""
    PARKED = "parked"
    """A dead letter: cannot go on by itself, kept with its cause."""
    DROPPED = "dropped"
    """A dead letter that somebody decided to give up."""


class Stage(StrEnum):
    """The stages that take receipts from the journal."""

    ENRICH = "enrich"
    DELIVER = "deliver"


CLAIMED_BY: Final[Mapping[State, Stage]] = {State.RECEIVED: Stage.ENRICH, State.READY: Stage.DELIVER}
"""Which stage works on receipts in a state; a state in no stage's hands is an end."""

TRANSITIONS: Final[Mapping[State, frozenset[State]]] = {
    State.RECEIVED: frozenset({State.RECEIVED, State.READY, State.SUPPRESSED, State.IGNORED, State.PARKED}),
    State.READY: frozenset({State.READY, State.DELIVERED, State.PARKED}),
    State.DELIVERED: frozenset(),
    State.SUPPRESSED: frozenset(),
    State.IGNORED: frozenset(),
    State.PARKED: frozenset(),
    State.DROPPED: frozenset(),
}
"""The ways that stages may take. A state leads to itself when an attempt failed and another follows."""

CURATED: Final[Mapping[State, frozenset[State]]] = {
    State.RECEIVED: frozenset({State.SUPPRESSED}),
    State.READY: frozenset({State.SUPPRESSED}),
    State.DELIVERED: frozenset({State.RECEIVED, State.READY}),
    State.SUPPRESSED: frozenset({State.RECEIVED}),
    State.PARKED: frozenset({State.RECEIVED, State.READY, State.DROPPED, State.SUPPRESSED}),
}
"""The ways that only a person opens: retry and drop of dead letters, replay of what was settled, and erasing a customer
whatever still waits."""

ENTRY_STATES: Final = frozenset({State.RECEIVED, State.IGNORED, State.PARKED})
"""The states in which the journal takes a new receipt."""


def unsettled(state: State) -> bool:
    """Tell whether a receipt in this state still holds back the later ones of its lane."""
    return state in CLAIMED_BY


class SuppressReason(StrEnum):
    """Why an occurrence has no track event to send."""

    CUSTOMER_DELETED = "customer_deleted"
    """Gladly answers 404 for the customer profile: it was deleted (reference, Conversation Closed)."""
    CONVERSATION_GONE = "conversation_gone"
    """Gladly answers 404 for the conversation: it vanished in a merge of two customers, or with its customer."""
    CUSTOMER_ERASED = "customer_erased"
    """Somebody erased the customer here: nothing of it is kept or sent any more."""
    EVENT_NOT_WANTED = "event_not_wanted"
    """The organization's setting `events` does not have events of this kind."""


class Priority(IntEnum):
    """Whose turn it is when several wait for the same organization's quota: the smaller goes first."""

    LIVE = 0
    GAP = 1
    REPLAY = 2
    BACKFILL = 3


class Traffic(StrEnum):
    """What a worker takes on: the past waits for what Gladly's rate has left, and must not hold up the present."""

    PRESENT = "present"
    PAST = "past"


PRIORITIES: Final[Mapping[Traffic, tuple[Priority, ...]]] = {
    Traffic.PRESENT: (Priority.LIVE, Priority.GAP, Priority.REPLAY),
    Traffic.PAST: (Priority.BACKFILL,),
}
"""Every priority belongs to one traffic."""


class DropReason(StrEnum):
    """Why a dead letter was given up."""

    BY_HAND = "by_hand"
    """Somebody dropped it."""


class IgnoreReason(StrEnum):
    """Why an event is recorded and no more."""

    TYPE_NOT_MAPPED = "type_not_mapped"
    """No track event belongs to this type of event."""
    PROFILE_CHANGE_NOTED = "profile_change_noted"
    """The event told that a customer profile changed; what was remembered of it has been dropped."""


class ParkCause(StrEnum):
    """Why a receipt became a dead letter."""

    EVENT_INCOMPLETE = "event_incomplete"
    CONVERSATION_UNREADABLE = "conversation_unreadable"
    VENDOR_UNREACHABLE = "vendor_unreachable"
    VENDOR_THROTTLED = "vendor_throttled"
    VENDOR_UNAVAILABLE = "vendor_unavailable"
    VENDOR_ANSWER_MALFORMED = "vendor_answer_malformed"
    REQUEST_REFUSED = "request_refused"
    REQUEST_TOO_LARGE = "request_too_large"
    EVENT_TOO_LARGE = "event_too_large"
    NO_USER = "no_user"
    NO_EVENT_NAME = "no_event_name"
    BAD_MESSAGE_ID = "bad_message_id"
    BAD_TIMESTAMP = "bad_timestamp"
    PAYLOAD_UNREADABLE = "payload_unreadable"
    UNEXPECTED_ERROR = "unexpected_error"


class Remedy(msgspec.Struct, frozen=True):
    """What a dead letter's cause means, and what to do about it."""

    meaning: str
    action: str


REMEDIES: Final[Mapping[ParkCause, Remedy]] = {
    ParkCause.EVENT_INCOMPLETE: Remedy(
        "The webhook named no conversation or no customer.", "Report the event's type and id to Gladly."
    ),
    ParkCause.CONVERSATION_UNREADABLE: Remedy(
        "Gladly gave the conversation no creation time that can be read.",
        "Report the conversation's id to Gladly.",
    ),
    ParkCause.VENDOR_UNREACHABLE: Remedy(
        "The vendor could not be reached for longer than the age limit.", "Check the network, then retry it."
    ),
    ParkCause.VENDOR_THROTTLED: Remedy(
        "The vendor asked to slow down for longer than the age limit.",
        "Find what uses up the rate, then retry it.",
    ),
    ParkCause.VENDOR_UNAVAILABLE: Remedy(
        "The vendor was out of order for longer than the age limit.",
        "Check the vendor's status page, then retry it.",
    ),
    ParkCause.VENDOR_ANSWER_MALFORMED: Remedy(
        "The vendor's answer was not what its description promises.",
        "Check for a proxy in between, then retry it.",
    ),
    ParkCause.REQUEST_REFUSED: Remedy("The vendor refused this very request.", "Read the answer, mend it, retry it."),
    ParkCause.REQUEST_TOO_LARGE: Remedy(
        "Segment found the request too large.",
        "Make the customer's custom attributes smaller, then retry it.",
    ),
    ParkCause.EVENT_TOO_LARGE: Remedy(
        "The event is above 32 000 bytes; Segment would drop it silently.",
        "Make the customer's custom attributes smaller, then retry it.",
    ),
    ParkCause.NO_USER: Remedy("The event has no userId; Segment would drop it silently.", "Report it as a defect."),
    ParkCause.NO_EVENT_NAME: Remedy("The event has no name; Segment would drop it silently.", "Report it as a defect."),
    ParkCause.BAD_MESSAGE_ID: Remedy(
        "The event has no messageId, or one of 100 characters or more.", "Report it as a defect."
    ),
    ParkCause.BAD_TIMESTAMP: Remedy("The event's timestamp is no RFC 3339 time.", "Report it as a defect."),
    ParkCause.PAYLOAD_UNREADABLE: Remedy("The stored track event is no longer valid JSON.", "Retry it."),
    ParkCause.UNEXPECTED_ERROR: Remedy(
        "This software met an error that it did not expect with this event.", "Report the error named in its detail."
    ),
}
"""Every cause has a remedy; the reference page of dead letters is written from this table."""

RESENT_AS_IT_IS: Final = frozenset(
    {
        ParkCause.VENDOR_UNREACHABLE,
        ParkCause.VENDOR_THROTTLED,
        ParkCause.VENDOR_UNAVAILABLE,
        ParkCause.VENDOR_ANSWER_MALFORMED,
        ParkCause.UNEXPECTED_ERROR,
    }
)
"""Causes that say nothing against a track event: on retry it is sent unchanged; for all others it is mapped anew."""
