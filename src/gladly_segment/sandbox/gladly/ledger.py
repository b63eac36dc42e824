"""The sandbox's own book of what truly happened: the oracle a test judges a client by."""

from collections import Counter, deque
from itertools import takewhile
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from gladly_segment.sandbox.gladly.events import Event, EventId
from gladly_segment.sandbox.gladly.past import PastEvent
from gladly_segment.sandbox.gladly.records import (
    Agent,
    Conversation,
    ConversationId,
    CustomerId,
    CustomerProfile,
    Record,
)
from gladly_segment.sandbox.gladly.times import rfc3339_nano

REQUESTS_KEPT = 10_000


class Occurrence(Record, frozen=True, kw_only=True):
    """A conversation was opened or closed; one conversation may close many times."""

    seq: int
    event_id: EventId
    kind: Literal["CREATED", "CLOSED"]
    conversation_id: ConversationId
    customer_id: CustomerId
    at: str
    """The event's timestamp."""
    created_at: str
    """The conversation's."""
    seeded: bool = False
    """It is of the past: no webhook was ever sent."""


class DeliveryAttempt(Record, frozen=True, kw_only=True):
    """One POST to a webhook: the status it got, or why it got none. A PING is attempt 1 of its own id."""

    event_id: EventId
    type: str
    webhook_id: str
    attempt: int
    due_at: str
    """When the schedule wanted it; a busy sender starts later."""
    started_at: str
    ended_at: str
    status: int | UnsetType = UNSET
    error: str | UnsetType = UNSET


class DroppedDelivery(Record, frozen=True, kw_only=True):
    """An event that will never reach the webhook, as that was disabled."""

    event_id: EventId
    type: str
    webhook_id: str
    at: str


class Deletion(Record, frozen=True, kw_only=True):
    """A customer was deleted, with all conversations."""

    customer_id: CustomerId
    at: str


class Merge(Record, frozen=True, kw_only=True):
    """A customer was merged into another; of two open conversations one id vanished."""

    source: CustomerId
    target: CustomerId
    at: str
    vanished_conversation_id: ConversationId | UnsetType = UNSET


class ApiRequest(Record, frozen=True, kw_only=True):
    """A request to the vendor's API; no status: the connection ended before an answer."""

    seq: int
    method: str
    path: str
    status: int | None
    at: str


class RequestTotals(msgspec.Struct, frozen=True):
    """Counts of all requests: keys are "GET 200" (or "GET none") and "GET /api/v1/agents"."""

    status: dict[str, int]
    route: dict[str, int]


class LedgerView(Record, frozen=True, kw_only=True):
    """The answer of `GET /control/ledger`."""

    occurrences: tuple[Occurrence, ...]
    deliveries: tuple[DeliveryAttempt, ...]
    dropped: tuple[DroppedDelivery, ...]
    events: tuple[Event, ...]
    deletions: tuple[Deletion, ...]
    merges: tuple[Merge, ...]
    requests: tuple[ApiRequest, ...]
    request_totals: RequestTotals
    customers: tuple[CustomerProfile, ...]
    conversations: tuple[Conversation, ...]
    seeded: tuple[Conversation, ...]
    """Conversations of the past that have changed or gone since, as they were before."""
    agents: tuple[Agent, ...]


class Ledger:
    """Facts in the order in which they happened. Of requests the newest `REQUESTS_KEPT` are kept."""

    def __init__(self) -> None:
        self.occurrences: list[Occurrence] = []
        self.deliveries: list[DeliveryAttempt] = []
        self.dropped: list[DroppedDelivery] = []
        self.deletions: list[Deletion] = []
        self.merges: list[Merge] = []
        self._requested = 0
        self.requests: deque[ApiRequest] = deque(maxlen=REQUESTS_KEPT)
        self._by_status: Counter[str] = Counter()
        self._by_route: Counter[str] = Counter()

    def occurred(self, kind: Literal["CREATED", "CLOSED"], event: Event, conversation: Conversation) -> None:
        """Number and note an occurrence."""
        self.occurrences.append(
            Occurrence(
                seq=len(self.occurrences) + 1,
                event_id=event.id,
                kind=kind,
                conversation_id=conversation.id,
                customer_id=conversation.customer_id,
                at=event.timestamp,
                created_at=conversation.created_at,
            )
        )

    def seeded(self, kind: Literal["CREATED", "CLOSED"], event: PastEvent, conversation: Conversation) -> None:
        """Number and note an occurrence of the past."""
        self.occurrences.append(
            Occurrence(
                seq=len(self.occurrences) + 1,
                event_id=event.id,
                kind=kind,
                conversation_id=conversation.id,
                customer_id=event.customer_id,
                at=rfc3339_nano(event.at_ns),
                created_at=conversation.created_at,
                seeded=True,
            )
        )

    def requested(self, method: str, path: str, *, status: int | None, at: str, route: str) -> None:
        """Number and note a request, under the route that took it."""
        self._requested += 1
        self.requests.append(ApiRequest(seq=self._requested, method=method, path=path, status=status, at=at))
        self._by_status[f"{method} {status or 'none'}"] += 1
        self._by_route[f"{method} {route}"] += 1

    def requests_after(self, seq: int) -> tuple[ApiRequest, ...]:
        """The requests numbered higher, as far as they are kept."""
        newer = takewhile(lambda each: each.seq > seq, reversed(self.requests))
        return tuple(newer)[::-1]

    def request_totals(self) -> RequestTotals:
        """All requests, counted."""
        return RequestTotals(status=dict(self._by_status), route=dict(self._by_route))
