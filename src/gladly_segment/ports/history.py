"""The history: every event of the journal in a form made for searching, counting and following."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from gladly_segment.core.ids import ConversationId, CustomerId, MessageId, OrganizationId, Seq
from gladly_segment.core.lifecycle import State
from gladly_segment.core.records import Source


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One receipt as a list shows it.

    `event` is the track event's name, empty where none was made; `customer_name` is empty where it is not sent, or no
    longer kept. `ended_at` and `latency_ms` (since it was received) are there once it is in an end state. `revision`
    grows with every change of any event, and is one event's own.
    """

    seq: Seq
    revision: int
    organization: OrganizationId
    received_at: datetime
    occurred_at: datetime | None
    source: Source
    event_type: str
    event: str
    customer: CustomerId | None
    customer_name: str
    conversation: ConversationId | None
    state: State
    reason: str
    attempts: int
    message_id: MessageId
    event_id: str
    ended_at: datetime | None
    latency_ms: int | None


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody looks for. What is empty or None does not restrict.

    `text` are words, all of which an event must have: ids, e-mail addresses, phone numbers, names, attributes; the last
    one may be the beginning of a word, from three letters on. Of more than 32 words the first ones count. `since` and
    `until` are times of receiving, the latter excluded.
    """

    text: str = ""
    organization: OrganizationId | None = None
    event_type: str | None = None
    states: tuple[State, ...] = ()
    reason: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    slower_than_s: float | None = None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A page of events, newest first, and how many there are in all, or where counting took too long `at_least`."""

    events: Sequence[Event]
    total: int
    at_least: bool
    more: bool
    """There are older ones than those on this page."""


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """What was received in a span that begins at `start`, by what became of it so far: that adds up to `received`.

    Percentiles are of the time from receiving to Segment's acceptance, within 5 %, of what came soon after it happened;
    None where none of that was delivered.
    """

    start: datetime
    received: int
    delivered: int
    suppressed: int
    ignored: int
    parked: int
    dropped: int
    waiting: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


class Count(msgspec.Struct, frozen=True):
    """How many events of a state and reason were received within a span."""

    state: State
    reason: str
    events: int


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far the history is: `behind` so many changes of the journal, `shed` so many times it fell too far behind.

    `rebuilt` is the share (0 to 1) of a rebuild under way, None when there is none.
    """

    events: int
    revision: int
    behind: int
    shed: int
    rebuilt: float | None
    size_bytes: int


class History(Protocol):
    """Answers from a copy of the journal: it may be a moment behind, never wrong about what it holds.

    Every method raises HistoryUnavailableError. Nothing here ever waits for, or slows, the journal.
    """

    async def search(self, search: Search, limit: int, *, before: Seq | None = None) -> Found:
        """Give up to `limit` events, newest (highest seq) first, older than `before`."""
        ...

    async def head(self) -> int:
        """Give the highest revision."""
        ...

    async def since(self, revision: int, search: Search, limit: int) -> Sequence[Event]:
        """Give the first `limit` matching events with a higher revision, in order of revision.

        An event that changed several times since is there once, as it is now.
        """
        ...

    async def changed(self, revision: int) -> None:
        """Wait until there is a higher revision; may return early."""
        ...

    async def flow(
        self, organization: OrganizationId | None, since: datetime, until: datetime, step_s: int
    ) -> Sequence[Flow]:
        """Give the flow in steps of whole minutes (`step_s` is a multiple of 60), oldest first, quiet ones too."""
        ...

    async def counts(self, organization: OrganizationId | None, since: datetime, until: datetime) -> Sequence[Count]:
        """Count what was received within a span of whole minutes."""
        ...

    async def progress(self) -> Progress:
        """Tell how far it is."""
        ...
