"""What Segment makes of a body: the rules without a socket."""

from datetime import UTC, datetime, timedelta

import pytest

from gladly_segment.sandbox.segment.intake import (
    AdmittedEvent,
    DropReason,
    JsonObject,
    JsonValue,
    MalformedError,
    admit,
    read_submission,
    stored_form,
)

RECEIVED_AT = datetime(2022, 7, 8, 18, 46, 38, 486_000, tzinfo=UTC)
ORIGINAL = "2022-07-08T18:46:37.946Z"
UNKNOWN = {"name": "unknown", "version": "unknown"}


def track(**fields: JsonValue) -> JsonObject:
    return {"type": "track", "event": "Opened", "userId": "u1", "messageId": "m1", **fields}


def stored(event: JsonValue, sent_at: datetime | None = None) -> JsonObject:
    admitted = admit(event)
    assert isinstance(admitted, AdmittedEvent), admitted
    return stored_form(admitted, message_id="m1", sent_at=sent_at, received_at=RECEIVED_AT)


def test_the_stored_form_is_the_references() -> None:
    event = track(
        userId="customer",
        timestamp=ORIGINAL,
        properties={"status": "OPEN", "customAttributes": {"example": 1}},
        event="Gladly Conversation Created",
    )

    form = stored(event)

    assert list(form.items()) == [
        ("context", {"library": UNKNOWN}),
        ("event", "Gladly Conversation Created"),
        ("integrations", {}),
        ("messageId", "m1"),
        ("originalTimestamp", ORIGINAL),
        ("properties", {"status": "OPEN", "customAttributes": {"example": 1}}),
        ("receivedAt", "2022-07-08T18:46:38.486Z"),
        ("timestamp", ORIGINAL),
        ("type", "track"),
        ("userId", "customer"),
    ]


def test_a_given_library_and_integrations_are_kept() -> None:
    form = stored(track(context={"library": {"name": "mine"}, "ip": "1.2.3.4"}, integrations={"All": False}))

    assert form["context"] == {"library": {"name": "mine"}, "ip": "1.2.3.4"}
    assert form["integrations"] == {"All": False}


def test_timestamp_is_corrected_by_what_lies_between_sending_and_receiving() -> None:
    sender_is_behind = timedelta(hours=2)

    form = stored(track(timestamp=ORIGINAL), sent_at=RECEIVED_AT - sender_is_behind)

    assert form["originalTimestamp"] == ORIGINAL
    assert form["timestamp"] == "2022-07-08T20:46:37.946Z"


def test_an_event_without_timestamp_gets_the_time_of_receipt() -> None:
    form = stored(track())

    assert form["originalTimestamp"] == form["timestamp"] == form["receivedAt"]


@pytest.mark.parametrize(
    "sent",
    ["2022-07-08T20:46:37.946123+02:00", "2022-07-08T18:46:37.946", "2022-07-08T18:46:37.946999999Z"],
)
def test_times_are_stored_in_utc_with_three_digits(sent: str) -> None:
    assert stored(track(timestamp=sent))["originalTimestamp"] == ORIGINAL


def test_null_values_are_stored_as_sent() -> None:
    assert stored(track(properties={"email": None}))["properties"] == {"email": None}


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("text", DropReason.NOT_AN_OBJECT),
        ({"userId": "u"}, DropReason.UNKNOWN_TYPE),
        (track(type="trick"), DropReason.UNKNOWN_TYPE),
        (track(userId=None), DropReason.NO_USER),
        (track(userId=""), DropReason.NO_USER),
        (track(event=None), DropReason.NO_NAME),
        (track(event=""), DropReason.NO_NAME),
        ({"type": "group", "userId": "u"}, DropReason.NO_TARGET),
        ({"type": "alias", "userId": "u"}, DropReason.NO_TARGET),
        (track(messageId="x" * 100), DropReason.MESSAGE_ID),
        (track(messageId=7), DropReason.MESSAGE_ID),
        (track(timestamp="yesterday"), DropReason.TIMESTAMP),
        (track(timestamp=1657305997), DropReason.TIMESTAMP),
        (track(properties={str(n): n for n in range(10_001)}), DropReason.TOO_MANY_PROPERTIES),
        (track(properties={"text": "x" * 32_768}), DropReason.TOO_LARGE),
    ],
)
def test_what_segment_drops_in_silence(event: JsonValue, reason: DropReason) -> None:
    assert admit(event) == reason


@pytest.mark.parametrize(
    "event",
    [
        track(messageId="x" * 99),
        track(userId=None, anonymousId="visitor"),
        track(userId=42),
        track(properties={"text": "x" * 32_000}),
        {"type": "identify", "userId": "u"},
        {"type": "page", "anonymousId": "a"},
        {"type": "screen", "userId": "u"},
        {"type": "group", "userId": "u", "groupId": "g"},
        {"type": "alias", "userId": "u", "previousId": "p"},
    ],
)
def test_what_segment_keeps(event: JsonValue) -> None:
    assert isinstance(admit(event), AdmittedEvent)


def test_an_event_of_32_kb_is_the_largest() -> None:
    empty = len('{"type":"track","event":"Opened","userId":"u1","messageId":"m1","properties":{"text":""}}')

    largest = track(properties={"text": "x" * (32 * 1024 - empty)})
    larger = track(properties={"text": "x" * (32 * 1024 - empty + 1)})

    assert isinstance(admit(largest), AdmittedEvent)
    assert admit(larger) == DropReason.TOO_LARGE


def test_the_batchs_context_and_integrations_go_into_each_item() -> None:
    body = (
        b'{"batch":[{"a":1},{"context":{"ip":"2"},"integrations":{"X":true}},"no event"],'
        b'"context":{"ip":"1","locale":"de"},"integrations":{"All":false}}'
    )

    events = read_submission("batch", body).events

    assert events == (
        {"a": 1, "context": {"ip": "1", "locale": "de"}, "integrations": {"All": False}},
        {"context": {"ip": "2", "locale": "de"}, "integrations": {"All": False, "X": True}},
        "no event",
    )


def test_a_single_call_is_an_event_of_the_paths_type() -> None:
    submission = read_submission("identify", b'{"userId":"u","type":"x","writeKey":"k","sentAt":"2022-07-08"}')

    assert submission.events == ({"userId": "u", "type": "identify"},)
    assert submission.write_key == "k"
    assert submission.sent_at == datetime(2022, 7, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "body", [b"", b"[{]", b"[]", b'"text"', b"{}", b'{"batch":{}}', b'{"batch":["\xff"]}', b"[" * 100_000]
)
def test_a_body_that_is_no_batch_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedError):
        read_submission("batch", body)
