"""What is shown of events: on the page, in its JSON twin, on the stream and by the command line alike."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from gladly_segment.core.ids import ConversationId, OrganizationId
from gladly_segment.core.lifecycle import State
from gladly_segment.debugger.events.query import EventsQuery, Filter
from gladly_segment.debugger.paths import conversation_path
from gladly_segment.ports.history import Event, Found


class ShownEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One event; see `ports/history.py`. `number` is its place in the journal: `/events/{number}` shows all of it."""

    number: int
    organization: OrganizationId
    received_at: datetime
    occurred_at: datetime | None
    source: str
    event_type: str
    event: str
    customer: str | None
    customer_name: str
    conversation: ConversationId | None
    state: State
    reason: str
    attempts: int
    message_id: str
    event_id: str
    ended_at: datetime | None
    latency_ms: int | None

    @property
    def conversation_path(self) -> str:
        """Where the conversation is shown."""
        return conversation_path(self.organization, self.conversation or ConversationId(""))


class EventsPage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A page of events, newest first.

    `total` is how many there are in all, counted up to a bound: `atLeast` so many. `nextBefore` is the `before` of the
    page with the next older ones. `revision` is where the stream goes on from. `rebuilt` is there while the history is
    being built anew: the share of it that is done.
    """

    events: Sequence[ShownEvent]
    total: int
    at_least: bool
    next_before: int | None
    revision: int
    rebuilt: float | None


class EventRows(msgspec.Struct, frozen=True):
    """Events without a page around them."""

    events: Sequence[ShownEvent]


class EventsView(msgspec.Struct, frozen=True, kw_only=True):
    """What the template shows: the page, and ways on from it."""

    shown: EventsPage
    query: EventsQuery
    filters: Sequence[Filter]
    event_types: Sequence[str]
    reasons: Sequence[str]
    states: Sequence[State]
    json: str
    curl: str
    command: str
    stream: str
    newest: str
    older: str | None


class Changed(msgspec.Struct, frozen=True):
    """A message of the stream: events that are new or changed, and numbers of such as changed and do not match."""

    events: Sequence[ShownEvent]
    gone: Sequence[int]


class ChangedRows(msgspec.Struct, frozen=True):
    """The same for the page: the events as rows of its table."""

    html: str
    gone: Sequence[int]


class Counted(msgspec.Struct, frozen=True, rename="camel"):
    """A message of the stream: how many events match now."""

    total: int
    at_least: bool


def shown(event: Event) -> ShownEvent:
    """Prepare an event."""
    fields = msgspec.structs.asdict(event)
    del fields["revision"]
    return ShownEvent(number=fields.pop("seq"), **fields)


def page_of(found: Found, revision: int, rebuilt: float | None) -> EventsPage:
    """Prepare a page that was read at a revision."""
    return EventsPage(
        events=tuple(shown(each) for each in found.events),
        total=found.total,
        at_least=found.at_least,
        next_before=found.events[-1].seq if found.more and found.events else None,
        revision=revision,
        rebuilt=rebuilt,
    )
