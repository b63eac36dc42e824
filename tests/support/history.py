"""A history in memory: the port on a list, for tests of what reads it, and builders of its events."""

import asyncio
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from gladly_segment.core.errors import HistoryUnavailableError
from gladly_segment.core.ids import ConversationId, CustomerId, MessageId, OrganizationId, Seq
from gladly_segment.core.lifecycle import CLAIMED_BY, State
from gladly_segment.core.records import Source
from gladly_segment.ports.history import Count, Event, Flow, Found, Progress, Search
from tests.support.clock import START
from tests.support.receipts import SHOP

COUNTED: Final = 1_000
"""Beyond so many the total is `at_least`."""

_WORD: Final = re.compile(r"[^\W_]+")
_PREFIX: Final = 3


def event(seq: int, **fields: Any) -> Event:
    """Make an event; what is not given is that of a closed conversation, received `seq` seconds after the start."""
    received_at = START + timedelta(seconds=seq)
    usual: dict[str, Any] = {
        "seq": Seq(seq),
        "revision": 0,
        "organization": SHOP,
        "received_at": received_at,
        "occurred_at": received_at,
        "source": Source.WEBHOOK,
        "event_type": "CONVERSATION/CLOSED",
        "event": "Gladly Conversation Closed",
        "customer": CustomerId(f"customer-{seq}"),
        "customer_name": f"Ann Smith {seq}",
        "conversation": ConversationId(f"conversation-{seq}"),
        "state": State.DELIVERED,
        "reason": "",
        "attempts": 0,
        "message_id": MessageId(f"message-{seq}"),
        "event_id": f"event-{seq}",
        "ended_at": received_at + timedelta(milliseconds=250),
        "latency_ms": 250,
    }
    return Event(**(usual | fields))


def waiting(seq: int, **fields: Any) -> Event:
    """Make an event that was received and no more."""
    absent: dict[str, Any] = {"event": "", "customer_name": "", "ended_at": None, "latency_ms": None}
    return event(seq, **({"state": State.RECEIVED} | absent | fields))


class HistoryOnAList:
    """The port of the history. `works = False` makes it unavailable."""

    def __init__(self) -> None:
        self.works = True
        self.rebuilt: float | None = None
        self._events: dict[Seq, Event] = {}
        self._words: dict[Seq, set[str]] = {}
        self._revision = 0
        self._moved = asyncio.Event()

    def put(self, changed: Event, *texts: str) -> Event:
        """Add an event, or replace it, under the next revision; `texts` can be searched for beside its own."""
        self._revision += 1
        put = msgspec.structs.replace(changed, revision=self._revision)
        self._events[put.seq] = put
        own = (put.customer, put.conversation, put.customer_name, put.event, put.message_id, put.event_id)
        self._words[put.seq] = {word for text in (*own, *texts) if text for word in _words(text)}
        self._moved.set()
        return put

    def forget(self, seq: int) -> None:
        """Let an event be there no more."""
        del self._events[Seq(seq)], self._words[Seq(seq)]

    def ring(self) -> None:
        """Wake whoever waits for a change."""
        self._moved.set()

    async def search(self, search: Search, limit: int, *, before: Seq | None = None) -> Found:
        """See the port."""
        there = [each for each in self._matching(search) if before is None or each.seq < before]
        total = len(self._matching(search))
        return Found(
            events=tuple(there[:limit]),
            total=min(total, COUNTED),
            at_least=total > COUNTED,
            more=len(there) > limit,
        )

    async def head(self) -> int:
        """See the port."""
        self._work()
        return self._revision

    async def since(self, revision: int, search: Search, limit: int) -> Sequence[Event]:
        """See the port."""
        changed = [each for each in self._matching(search) if each.revision > revision]
        return tuple(sorted(changed, key=lambda each: each.revision)[:limit])

    async def changed(self, revision: int) -> None:
        """See the port."""
        self._work()
        if self._revision <= revision:
            self._moved.clear()
            await self._moved.wait()
            self._work()

    async def flow(
        self, organization: OrganizationId | None, since: datetime, until: datetime, step_s: int
    ) -> Sequence[Flow]:
        """See the port."""
        steps: list[Flow] = []
        while since < until:
            end = min(until, since + timedelta(seconds=step_s))
            steps.append(_flow(since, self._matching(Search(organization=organization, since=since, until=end))))
            since = end
        return tuple(steps)

    async def counts(self, organization: OrganizationId | None, since: datetime, until: datetime) -> Sequence[Count]:
        """See the port."""
        there = self._matching(Search(organization=organization, since=since, until=until))
        counted = Counter((each.state, each.reason) for each in there)
        return tuple(Count(state, reason, number) for (state, reason), number in sorted(counted.items()))

    async def progress(self) -> Progress:
        """See the port."""
        self._work()
        return Progress(
            events=len(self._events), revision=self._revision, behind=0, shed=0, rebuilt=self.rebuilt, size_bytes=0
        )

    def _matching(self, search: Search) -> list[Event]:
        self._work()
        newest_first = sorted(self._events.values(), key=lambda each: -each.seq)
        return [each for each in newest_first if _matches(each, search) and self._has_words(each, search.text)]

    def _has_words(self, each: Event, text: str) -> bool:
        words, there = list(_words(text)), self._words[each.seq]
        if not words:
            return not text.strip()
        *whole, last = words
        begins = len(last) >= _PREFIX and any(word.startswith(last) for word in there)
        return there.issuperset(whole) and (last in there or begins)

    def _work(self) -> None:
        if not self.works:
            raise HistoryUnavailableError("there is no history", hint="gladly-segment history rebuild")


def _words(text: str) -> Sequence[str]:
    plain = unicodedata.normalize("NFKD", text.lower())
    return _WORD.findall("".join(each for each in plain if not unicodedata.combining(each)))


def _matches(each: Event, search: Search) -> bool:
    return (
        search.organization in (None, each.organization)
        and search.event_type in (None, each.event_type)
        and (not search.states or each.state in search.states)
        and search.reason in (None, each.reason)
        and (search.since is None or each.received_at >= search.since)
        and (search.until is None or each.received_at < search.until)
        and (search.slower_than_s is None or (each.latency_ms or 0) > search.slower_than_s * 1_000)
    )


def _flow(start: datetime, there: Sequence[Event]) -> Flow:
    count = Counter(each.state for each in there)
    latencies = sorted(
        each.latency_ms for each in there if each.state is State.DELIVERED and each.latency_ms is not None
    )
    return Flow(
        start=start,
        received=len(there),
        delivered=count[State.DELIVERED],
        suppressed=count[State.SUPPRESSED],
        ignored=count[State.IGNORED],
        parked=count[State.PARKED],
        dropped=count[State.DROPPED],
        waiting=sum(count[state] for state in CLAIMED_BY),
        p50_ms=_percentile(latencies, 0.50),
        p95_ms=_percentile(latencies, 0.95),
        p99_ms=_percentile(latencies, 0.99),
    )


def _percentile(ordered: Sequence[int], share: float) -> float | None:
    return float(ordered[math.ceil(share * len(ordered)) - 1]) if ordered else None
