"""Everything that happened in the organization, in order."""

import base64
import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from operator import attrgetter

import msgspec
from msgspec import UNSET, UnsetType

from gladly_segment.sandbox.gladly.events import (
    EmptyContent,
    Event,
    EventContent,
    EventId,
    EventType,
    RecordedEvent,
    entity_of,
)
from gladly_segment.sandbox.gladly.records import Initiator
from gladly_segment.sandbox.gladly.times import rfc3339_nano

_at_ns = attrgetter("at_ns")


class IdSource:
    """Ids like Gladly's: 22 characters, URL-safe base64 of 128 random bits, repeatable from the seed."""

    def __init__(self, seed: int) -> None:
        self._bits = random.Random(f"{seed}/ids")  # noqa: S311 - ids must be repeatable, not secret

    def next(self) -> str:
        """A new id."""
        return base64.urlsafe_b64encode(self._bits.randbytes(16)).rstrip(b"=").decode()


class EventLog:
    """Appends events and tells one listener of each; instants never repeat or go back."""

    def __init__(self, *, now_ns: Callable[[], int], ids: IdSource) -> None:
        self._now_ns = now_ns
        self._ids = ids
        self._last_ns = 0
        self._events: list[RecordedEvent] = []
        self._listener: Callable[[RecordedEvent], None] | None = None

    def listen(self, listener: Callable[[RecordedEvent], None]) -> None:
        """Call `listener` with every event from now on; it must not block."""
        self._listener = listener

    def next_instant(self) -> int:
        """Now, or just after the last instant given out."""
        self._last_ns = max(self._now_ns(), self._last_ns + 1)
        return self._last_ns

    def append(
        self,
        event_type: EventType,
        content: EventContent,
        at_ns: int,
        initiator: Initiator | UnsetType = UNSET,
    ) -> Event:
        """Append an event of the instant `at_ns`, got from `next_instant`."""
        recorded = self._record(event_type, content, at_ns, initiator)
        self._events.append(recorded)
        if self._listener is not None:
            self._listener(recorded)
        return recorded.event

    def ping(self) -> RecordedEvent:
        """A new PING; it is no event of the organization and is not kept."""
        return self._record(EventType.PING, EmptyContent(), self.next_instant(), UNSET)

    def all(self) -> tuple[Event, ...]:
        """Every event, oldest first."""
        return tuple(recorded.event for recorded in self._events)

    def between(self, start_ns: int, end_ns: int, entities: frozenset[str]) -> list[RecordedEvent]:
        """Events of these entities from `start_ns` to `end_ns`, both included, oldest first."""
        first = bisect_left(self._events, start_ns, key=_at_ns)
        end = bisect_right(self._events, end_ns, key=_at_ns)
        return [recorded for recorded in self._events[first:end] if entity_of(recorded.event.type) in entities]

    def _record(
        self, event_type: EventType, content: EventContent, at_ns: int, initiator: Initiator | UnsetType
    ) -> RecordedEvent:
        event = Event(
            id=EventId(self._ids.next()),
            type=event_type,
            timestamp=rfc3339_nano(at_ns),
            initiator=initiator,
            content=content,
        )
        return RecordedEvent(event=event, at_ns=at_ns, body=msgspec.json.encode(event))
