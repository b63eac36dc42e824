"""How many events there were, minute by minute and hour by hour, and how long they took."""

import math
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import State
from gladly_segment.core.moments import to_moment, to_ms
from gladly_segment.core.records import Source
from gladly_segment.history.document import Document
from gladly_segment.ports.history import Count, Flow

_MINUTE_S: Final = 60
_HOUR_S: Final = 3_600
_GROWTH: Final = 1.1
"""From one latency to the next that is told apart: its root, 4.9 %, is the most that one can be off."""
_AT_ONCE: Final = -1
_ALL: Final = ""
"""Stands for all organizations together."""

_Counted: TypeAlias = tuple[str, int, int, str, str]
_Took: TypeAlias = tuple[str, int, int, int]
_Span: TypeAlias = tuple[int, int, int]
"""Width, first and end (excluded), in seconds."""


class Rollup:
    """What a change of events changes in the counts."""

    def __init__(self) -> None:
        self._counts: Counter[_Counted] = Counter()
        self._latencies: Counter[_Took] = Counter()

    def add(self, event: Document, sign: int) -> None:
        """Count an event, or with -1 count it no more."""
        kind, received_s = event.kind, event.received_ms // 1_000
        took = _took(event)
        for organization in (kind.organization, _ALL):
            for width in (_MINUTE_S, _HOUR_S):
                start = received_s - received_s % width
                self._counts[organization, width, start, kind.state, kind.reason] += sign
                if took is not None:
                    self._latencies[organization, width, start, took] += sign

    def write(self, db: sqlite3.Connection) -> None:
        """Bring the tables up to date."""
        _write(db, "counts", "organization, width_s, start_s, state, reason", self._counts.items())
        _write(db, "latencies", "organization, width_s, start_s, bucket", self._latencies.items())


def flow(
    db: sqlite3.Connection, organization: OrganizationId | None, since: datetime, until: datetime, step_s: int
) -> Sequence[Flow]:
    """See the port."""
    first, end = to_ms(since) // 1_000, to_ms(until) // 1_000
    steps = max(0, -(-(end - first) // step_s))
    counts = [Counter[str]() for _ in range(steps)]
    latencies = [Counter[int]() for _ in range(steps)]
    for span in _spans(first, end, step_s):
        for step, state, events in _sums(db, "counts", "state", organization or _ALL, first, step_s, span):
            counts[step][state] += events
        for step, bucket, events in _sums(db, "latencies", "bucket", organization or _ALL, first, step_s, span):
            latencies[step][bucket] += events
    return [
        _flow(to_moment((first + number * step_s) * 1_000), *each)
        for number, each in enumerate(zip(counts, latencies, strict=True))
    ]


def counts(
    db: sqlite3.Connection, organization: OrganizationId | None, since: datetime, until: datetime
) -> Sequence[Count]:
    """See the port."""
    first, end = to_ms(since) // 1_000, to_ms(until) // 1_000
    found: Counter[tuple[str, str]] = Counter()
    for span in _covered(first, end):
        rows = db.execute(
            "SELECT state, reason, sum(events) FROM counts WHERE organization = ? AND width_s = ?"
            " AND start_s >= ? AND start_s < ? GROUP BY state, reason",
            (organization or _ALL, *span),
        )
        for state, reason, events in rows.fetchall():
            found[state, reason] += events
    return [Count(State(state), reason, events) for (state, reason), events in sorted(found.items())]


def _took(event: Document) -> int | None:
    if event.latency_ms is None or event.kind.state != State.DELIVERED or Source(event.kind.source).is_of_the_past:
        return None
    return bucket_of(event.latency_ms)


def bucket_of(latency_ms: int) -> int:
    """Give the place of a latency among those that are told apart."""
    return round(math.log(latency_ms, _GROWTH)) if latency_ms > 0 else _AT_ONCE


def latency_of(bucket: int) -> float:
    """Give the latency in milliseconds that stands for all of a place."""
    return 0.0 if bucket == _AT_ONCE else _GROWTH**bucket


def _write(db: sqlite3.Connection, table: str, key: str, changes: Iterable[tuple[tuple[str | int, ...], int]]) -> None:
    changed = [(*place, change) for place, change in changes if change]
    marks = ", ".join("?" * (key.count(",") + 2))
    db.executemany(
        f"INSERT INTO {table} ({key}, events) VALUES ({marks})"  # noqa: S608 - our own text
        f" ON CONFLICT ({key}) DO UPDATE SET events = events + excluded.events",
        changed,
    )
    same = " AND ".join(f"{column} = ?" for column in key.split(", "))
    fewer = [row[:-1] for row in changed if row[-1] < 0]
    db.executemany(f"DELETE FROM {table} WHERE {same} AND events = 0", fewer)  # noqa: S608


def _spans(first: int, end: int, step_s: int) -> Iterator[_Span]:
    """Cover a time with whole hours where no step ends within one, and with minutes elsewhere."""
    if first % _HOUR_S == 0 and step_s % _HOUR_S == 0:
        yield from _covered(first, end)
    elif step_s < 2 * _HOUR_S:
        yield _MINUTE_S, first, end
    else:
        for start in range(first, end, step_s):
            yield from _covered(start, min(start + step_s, end))


def _covered(first: int, end: int) -> Iterator[_Span]:
    hours, hours_end = -(-first // _HOUR_S) * _HOUR_S, end // _HOUR_S * _HOUR_S
    if hours >= hours_end:
        yield _MINUTE_S, first, end
        return
    for span in ((_MINUTE_S, first, hours), (_HOUR_S, hours, hours_end), (_MINUTE_S, hours_end, end)):
        if span[1] < span[2]:
            yield span


def _sums(
    db: sqlite3.Connection, table: str, what: str, organization: str, first: int, step_s: int, span: _Span
) -> Sequence[tuple[int, Any, int]]:
    return db.execute(
        f"SELECT (start_s - ?) / ? AS step, {what}, sum(events) FROM {table} WHERE organization = ? AND width_s = ?"  # noqa: S608
        f" AND start_s >= ? AND start_s < ? GROUP BY step, {what}",
        (first, step_s, organization, *span),
    ).fetchall()


def _flow(start: datetime, counts: Counter[str], latencies: Counter[int]) -> Flow:
    p50, p95, p99 = _percentiles(latencies, (50, 95, 99))
    return Flow(
        start=start,
        received=counts.total(),
        delivered=counts[State.DELIVERED],
        suppressed=counts[State.SUPPRESSED],
        ignored=counts[State.IGNORED],
        parked=counts[State.PARKED],
        dropped=counts[State.DROPPED],
        waiting=counts[State.RECEIVED] + counts[State.READY],
        p50_ms=p50,
        p95_ms=p95,
        p99_ms=p99,
    )


def _percentiles(latencies: Counter[int], wanted: Sequence[int]) -> Iterator[float | None]:
    """Give the smallest latency that so many percent do not exceed."""
    total, ordered = latencies.total(), sorted(latencies.items())
    for percent in wanted:
        passed = 0
        for bucket, events in ordered:
            passed += events
            if passed * 100 >= percent * total:
                yield latency_of(bucket)
                break
        else:
            yield None
