"""Deduplication by messageId, with the time passed in."""

from datetime import UTC, datetime, timedelta

import msgspec

from gladly_segment.sandbox.segment.intake import AdmittedEvent
from gladly_segment.sandbox.segment.ledger import Ledger

START = datetime(2024, 1, 1, tzinfo=UTC)


def store(ledger: Ledger, name: str, message_id: str | None, *, at: datetime = START) -> None:
    event = AdmittedEvent(
        body={"type": "track", "event": name, "userId": "u"}, type="track", message_id=message_id, timestamp=None
    )
    ledger.store(event, request_id="req-1", sent_at=None, received_at=at)


def stored_names(ledger: Ledger) -> list[object]:
    return [msgspec.json.decode(stored.event)["event"] for stored in ledger.books.stored]


def test_of_two_events_with_one_message_id_the_first_wins() -> None:
    ledger = Ledger()

    store(ledger, "first", "m1")
    store(ledger, "second", "m1")
    store(ledger, "third", "m2")

    assert stored_names(ledger) == ["first", "third"]
    assert [(twin.message_id, twin.event["event"]) for twin in ledger.books.duplicates] == [("m1", "second")]


def test_after_24_hours_a_message_id_counts_anew() -> None:
    ledger = Ledger()
    day = timedelta(hours=24)

    store(ledger, "first", "m1")
    store(ledger, "within", "m1", at=START + day - timedelta(milliseconds=1))
    store(ledger, "after", "m1", at=START + day)

    assert stored_names(ledger) == ["first", "after"]


def test_events_without_message_id_each_get_their_own() -> None:
    ledger = Ledger()

    store(ledger, "one", None)
    store(ledger, "two", None)

    first, second = (msgspec.json.decode(stored.event)["messageId"] for stored in ledger.books.stored)
    assert first
    assert second
    assert first != second


def test_stored_events_are_numbered_from_one() -> None:
    ledger = Ledger()

    store(ledger, "one", "m1")
    store(ledger, "twin", "m1")
    store(ledger, "two", "m2")

    assert [stored.seq for stored in ledger.books.stored] == [1, 2]
