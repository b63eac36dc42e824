"""What happened a while ago, as Gladly's lists of the past tell of it."""

from datetime import datetime
from typing import TypeAlias

import msgspec

from gladly_segment.core import identity
from gladly_segment.core.ids import ConversationId, CustomerId, OrganizationId, ReceiptKey
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.records import Source


class Span(msgspec.Struct, frozen=True, order=True):
    """From `start` to `end`, the latter excluded; both in UTC."""

    start: datetime
    end: datetime


class PastOccurrence(msgspec.Struct, frozen=True, kw_only=True):
    """One occurrence. `told` is its time as Gladly wrote it (RFC 3339), `at` the same in whole milliseconds.

    Of a creation that is not `certain` only so much is known: the conversation existed at that time. Whether it was
    created within the span that was asked for stands in its record. `body` is the webhook's, where a list has it.
    """

    kind: EventKind
    conversation: ConversationId
    customer: CustomerId | None
    at: datetime
    told: str
    source: Source
    event_id: str = ""
    certain: bool = True
    body: bytes = b""


class ConversationMerged(msgspec.Struct, frozen=True):
    """A conversation vanished: it became part of another when two customers were merged."""

    conversation: ConversationId
    into: ConversationId | None
    at: datetime


class Unreadable(msgspec.Struct, frozen=True):
    """A line of a list that should tell of an occurrence and cannot be read; `why` quotes nothing of it."""

    line: int
    why: str


Told: TypeAlias = PastOccurrence | ConversationMerged | Unreadable


def key_of(organization: OrganizationId, occurrence: PastOccurrence) -> ReceiptKey:
    """Name the receipt that an occurrence has, or would have: as a webhook of it is named."""
    if occurrence.kind is EventKind.CREATED:
        return identity.created_key(organization, occurrence.conversation)
    key = identity.closed_key(organization, occurrence.conversation, occurrence.told)
    if key is None:
        raise AssertionError("an occurrence of a list has a time")
    return key
