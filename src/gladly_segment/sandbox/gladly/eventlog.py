"""Everything that happened in the organization, in order."""

import base64
import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from heapq import merge
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
from gladly_segment.sandbox.gladly.past import Past
from gladly_segment.sandbox.gladly.records import Initiator
from gladly_segment.sandbox.gladly.times import rfc3339_nano

_at_ns = attrgetter("at_ns")


class IdSource:
    """Ids like Gladly's: 22 characters, URL-safe base64 of 128 random bits, repeatable from the seed."""

    def __init__(self, seed: int | str) -> None:
        self._bits = random.Random(f"{seed}/ids")  # noqa: S311 - ids must be repeatable, not secret

    def next(self) -> str:
        """A new id."""
        return base64.urlsafe_b64encode(self._bits.randbytes(16)).rstrip(b"=").decode()


class EventLog:
    """Appends events and tells one listener of each; instants never repeat or go back.

    The events of the `past` are listed with them, and no listener ever hears of those.
    """

    def __init__(self, *, now_ns: Callable[[], int], ids: IdSource) -> None:
        self._now_ns = now_ns
        self._ids = ids
        self._last_ns = 0
        self.past = Past()
        self._events: list[RecordedEvent] = []
        self._listener: Callable[[RecordedEvent], None] | None = None

    def listen(self, listener: Callable[[RecordedEvent], None]) -> None:
        """Call `listener` with every event from now on; it must not block."""
        self._listener = listener

    def next_instant(self, *, not_before_ns: int = 0) -> int:
        """Now, or just after the last instant given out, or `not_before_ns`, whichever is latest."""
        self._last_ns = max(self._now_ns(), self._last_ns + 1, not_before_ns)
        return self._last_ns

    def present_ns(self) -> int:
        """Now, or the last instant given out where that is ahead of the clock."""
        return max(self._now_ns(), self._last_ns)

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
        """Every event but those of the past, oldest first."""
        return tuple(recorded.event for recorded in self._events)

    def between(self, start_ns: int, end_ns: int, entities: frozenset[str]) -> list[RecordedEvent]:
        """Events of these entities from `start_ns` to `end_ns`, both included, oldest first."""
        earlier = (_recorded(each.event(), each.at_ns) for each in self.past.between(start_ns, end_ns))
        found = merge(self._played(start_ns, end_ns), earlier, key=_at_ns)
        return [recorded for recorded in found if entity_of(recorded.event.type) in entities]

    def told(self, start_ns: int, end_ns: int) -> Iterator[tuple[int, Event]]:
        """All events from `start_ns` to `end_ns`, both included, oldest first, each with its instant."""
        for each in merge(self._played(start_ns, end_ns), self.past.between(start_ns, end_ns), key=_at_ns):
            yield each.at_ns, each.event if isinstance(each, RecordedEvent) else each.event()

    def _played(self, start_ns: int, end_ns: int) -> list[RecordedEvent]:
        first = bisect_left(self._events, start_ns, key=_at_ns)
        return self._events[first : bisect_right(self._events, end_ns, key=_at_ns)]

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
        return _recorded(event, at_ns)


def _recorded(event: Event, at_ns: int) -> RecordedEvent:
    return RecordedEvent(event=event, at_ns=at_ns, body=msgspec.json.encode(event))
