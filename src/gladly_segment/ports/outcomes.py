"""What became of occurrences: the journal as completeness is reckoned from it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from gladly_segment.core.ids import ConversationId, MessageId, OrganizationId, ReceiptKey, Seq
from gladly_segment.core.lifecycle import Priority, State
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.records import Source


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt of a mapped event, without its content. `occurred_at` is Gladly's own time, in whole milliseconds.

    `message_id` is empty where no track event was ever made of it.
    """

    seq: Seq
    key: ReceiptKey
    conversation: ConversationId
    kind: EventKind
    occurred_at: datetime | None
    event_id: str
    source: Source
    state: State
    reason: str
    message_id: MessageId


class Forgotten(msgspec.Struct, frozen=True):
    """How an occurrence ended whose receipt is no longer kept."""

    state: State
    reason: str


class Outcomes(Protocol):
    """Reads beside the journal's writer and never waits for it. Every method raises JournalUnavailableError."""

    async def within(self, organization: OrganizationId, start: datetime, end: datetime) -> Sequence[Outcome]:
        """Give the receipts of mapped events that occurred within [start, end) by Gladly's time, in that order.

        What names no conversation is left out: it is a dead letter that tells of nothing.
        """
        ...

    async def of(
        self, organization: OrganizationId, conversations: Sequence[ConversationId]
    ) -> Mapping[ConversationId, Sequence[Outcome]]:
        """Give the receipts of mapped events of up to 500 conversations, in log order; those without are left out."""
        ...

    async def forgotten(
        self, organization: OrganizationId, keys: Sequence[ReceiptKey]
    ) -> Mapping[ReceiptKey, Forgotten]:
        """Give what is known of up to 500 occurrences whose receipts were deleted by retention; others are left out."""
        ...

    async def in_hand(self, organization: OrganizationId, priority: Priority) -> int:
        """Count the receipts of a priority that have not ended; cheap while those that are not live are few.

        One that was pulled up or reopened counts by the priority that it has since.
        """
        ...
