"""Both sides beside one another, on disk as soon as they are many: memory stays flat for any number of ids."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Self

from gladly_segment.core.ids import MessageId, OrganizationId, Seq
from gladly_segment.core.mirror import Accepted, Mirrored
from gladly_segment.core.moments import to_moment, to_ms

_CACHE_KB: Final = 32_000
_PORTION: Final = 1_000

_TABLE: Final = """
CREATE TABLE ids (
    message_id      TEXT PRIMARY KEY,
    arrived         INTEGER NOT NULL DEFAULT 0,
    is_known        INTEGER NOT NULL DEFAULT 0,
    organization    TEXT,
    seq             INTEGER,
    accepted_ms     INTEGER
) STRICT, WITHOUT ROWID
"""


class Comparison:
    """Takes both sides in any order. Its file has no name, and is gone with it."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
        # Nobody needs it after a crash.
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute(_TABLE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def arrive(self, messages: Iterable[tuple[MessageId, int]]) -> None:
        """Count messages as arrived so many times (more)."""
        self._write(
            "INSERT INTO ids (message_id, arrived) VALUES (?, ?)"
            " ON CONFLICT (message_id) DO UPDATE SET arrived = arrived + excluded.arrived",
            messages,
        )

    def accept(self, events: Iterable[Accepted]) -> None:
        """Note events as accepted within the span."""
        self._write(
            "INSERT INTO ids (message_id, is_known, organization, seq, accepted_ms) VALUES (?, 1, ?, ?, ?)"
            " ON CONFLICT (message_id) DO UPDATE SET is_known = 1, organization = excluded.organization,"
            " seq = excluded.seq, accepted_ms = excluded.accepted_ms",
            ((each.message_id, each.organization, each.seq, to_ms(each.at)) for each in events),
        )

    def know(self, messages: Iterable[MessageId]) -> None:
        """Note that events with these messageIds exist, wherever; those that did not arrive are passed over."""
        self._write("UPDATE ids SET is_known = 1 WHERE message_id = ?", ((each,) for each in messages))

    def unknown(self) -> Iterator[Sequence[MessageId]]:
        """Give those that no event is known to have, portion by portion; what is noted meanwhile counts."""
        after = ""
        while portion := self._db.execute(
            "SELECT message_id FROM ids WHERE message_id > ? AND NOT is_known ORDER BY message_id LIMIT 500", (after,)
        ).fetchall():
            yield [MessageId(message) for (message,) in portion]
            (after,) = portion[-1]

    def __iter__(self) -> Iterator[Mirrored]:
        rows = self._db.execute(
            "SELECT message_id, arrived, is_known, organization, seq, accepted_ms FROM ids ORDER BY message_id"
        )
        while portion := rows.fetchmany(_PORTION):
            for message, arrived, is_known, organization, seq, accepted_ms in portion:
                accepted = None if seq is None else _accepted(message, organization, seq, accepted_ms)
                yield Mirrored(
                    message_id=MessageId(message), arrived=arrived, accepted=accepted, is_known=bool(is_known)
                )

    def _write(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        self._db.execute("BEGIN")
        self._db.executemany(statement, rows)
        self._db.execute("COMMIT")


def _accepted(message: str, organization: str, seq: int, accepted_ms: int) -> Accepted:
    return Accepted(
        message_id=MessageId(message),
        organization=OrganizationId(organization),
        seq=Seq(seq),
        at=to_moment(accepted_ms),
    )
