"""Packing track events into batches within Segment's limits (Segment fact sheet, Tracking API)."""

from collections.abc import Iterator, Sequence
from typing import Final

from gladly_segment.core.records import Entry

MAX_EVENT_BYTES: Final = 32_000
MAX_BATCH_BYTES: Final = 475_000
MAX_BATCH_EVENTS: Final = 2_500

_ENVELOPE_BYTES: Final = len(b'{"batch":[],"sentAt":"2022-07-08T18:46:37.946Z"}')
_COMMA_BYTES: Final = 1


def pack(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """Cut entries into batches that Segment takes whole, in the order given."""
    batch: list[Entry] = []
    size = _ENVELOPE_BYTES
    for entry in entries:
        added = len(entry.payload) + _COMMA_BYTES
        if batch and (len(batch) == MAX_BATCH_EVENTS or size + added > MAX_BATCH_BYTES):
            yield batch
            batch, size = [], _ENVELOPE_BYTES
        batch.append(entry)
        size += added
    if batch:
        yield batch


def envelope(payloads: Sequence[bytes], sent_at: str) -> bytes:
    """Write the body of `POST /v1/batch`; `sent_at` is the moment of this very attempt."""
    return b'{"batch":[' + b",".join(payloads) + b'],"sentAt":"' + sent_at.encode() + b'"}'


def halves(batch: Sequence[Entry]) -> tuple[Sequence[Entry], Sequence[Entry]]:
    """Split a refused batch of two or more, keeping the order."""
    middle = len(batch) // 2
    return batch[:middle], batch[middle:]
