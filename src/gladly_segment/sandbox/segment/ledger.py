"""The simulator's books: every request, and what became of every event in it. Write keys never enter them."""

from datetime import datetime, timedelta

import msgspec

from gladly_segment.sandbox.segment.intake import (
    AdmittedEvent,
    DropReason,
    JsonObject,
    JsonValue,
    stored_form,
)
from gladly_segment.sandbox.segment.options import DEDUP_WINDOW_S
from gladly_segment.sandbox.segment.times import format_time

_WINDOW = timedelta(seconds=DEDUP_WINDOW_S)


class RequestRecord(msgspec.Struct, kw_only=True, rename="camel"):
    """One request to the Tracking API. `status` is None when its client got no whole answer."""

    id: str
    path: str
    received_at: str
    retry_count: int | None
    gzip: bool
    status: int | None = None
    sent_at: str | None = None
    write_key: str = "unknown"
    """A label of the write key, never the key."""
    bytes: int = 0
    events: int = 0


class StoredEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """An event Segment kept, in the form it shows: as JSON, of which a run may bring hundreds of thousands."""

    seq: int
    request_id: str
    received_at: str
    event: msgspec.Raw


class DuplicateEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An event whose messageId had been seen in the last 24 h."""

    message_id: str
    request_id: str
    received_at: str
    event: JsonObject


class DroppedEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """An event dropped in silence."""

    reason: DropReason
    request_id: str
    event: JsonValue
    message_id: JsonValue = None


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """The body of `GET /control/ledger`."""

    requests: list[RequestRecord]
    stored: list[StoredEvent]
    duplicates: list[DuplicateEvent]
    dropped: list[DroppedEvent]


class Ledger:
    """Writes the books. One for all write keys: Segment deduplicates across workspaces."""

    def __init__(self) -> None:
        self.books = Books(requests=[], stored=[], duplicates=[], dropped=[])
        self._seen_at: dict[str, datetime] = {}

    def open_request(self, path: str, *, received_at: datetime, retry_count: int | None, gzip: bool) -> RequestRecord:
        """Enter a request as it arrives; the caller completes the record."""
        record = RequestRecord(
            id=f"req-{len(self.books.requests) + 1}",
            path=path,
            received_at=format_time(received_at),
            retry_count=retry_count,
            gzip=gzip,
        )
        self.books.requests.append(record)
        return record

    def drop(self, event: JsonValue, reason: DropReason, request_id: str) -> None:
        """Enter an event as dropped."""
        message_id = event.get("messageId") if isinstance(event, dict) else None
        self.books.dropped.append(
            DroppedEvent(reason=reason, request_id=request_id, event=event, message_id=message_id)
        )

    def store(self, event: AdmittedEvent, *, request_id: str, sent_at: datetime | None, received_at: datetime) -> None:
        """Enter an admitted event as stored, or as a duplicate if its messageId is known: the first wins."""
        seq = len(self.books.stored) + 1
        message_id = event.message_id or f"api-{request_id}-{seq}"
        form = stored_form(event, message_id=message_id, sent_at=sent_at, received_at=received_at)
        if self._is_known(message_id, received_at):
            self.books.duplicates.append(
                DuplicateEvent(
                    message_id=message_id,
                    request_id=request_id,
                    received_at=format_time(received_at),
                    event=form,
                )
            )
            return
        self._seen_at[message_id] = received_at
        self.books.stored.append(
            StoredEvent(
                seq=seq,
                request_id=request_id,
                received_at=format_time(received_at),
                event=msgspec.Raw(msgspec.json.encode(form)),
            )
        )

    def _is_known(self, message_id: str, now: datetime) -> bool:
        seen_at = self._seen_at.get(message_id)
        return seen_at is not None and now - seen_at < _WINDOW
