"""What a request says, whether Segment takes it, and the form it is stored in. Pure."""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias, cast

import msgspec

from gladly_segment.sandbox.segment.options import MAX_EVENT_BYTES, MAX_MESSAGE_ID_CHARS, MAX_PROPERTIES
from gladly_segment.sandbox.segment.times import format_time, parse_time

JsonValue: TypeAlias = "JsonObject | list[JsonValue] | str | int | float | bool | None"
JsonObject: TypeAlias = dict[str, JsonValue]

BATCH = "batch"
CALLS = {
    "track": "track",
    "identify": "identify",
    "page": "page",
    "screen": "screen",
    "group": "group",
    "alias": "alias",
    "batch": BATCH,
    "import": BATCH,
    "t": "track",
    "i": "identify",
    "p": "page",
    "s": "screen",
    "g": "group",
    "a": "alias",
    "b": BATCH,
}
"""Last part of the path → event type, or `BATCH`. Browsers and mobile SDKs use the one-letter forms."""

_TYPES = frozenset(CALLS.values()) - {BATCH}
_DETAILS = {
    "track": "properties",
    "page": "properties",
    "screen": "properties",
    "identify": "traits",
    "group": "traits",
}
_TARGETS = {"alias": "previousId", "group": "groupId"}
_ENVELOPE_FIELDS = ("writeKey", "sentAt")
_UNKNOWN_LIBRARY: JsonObject = {"name": "unknown", "version": "unknown"}


class MalformedError(Exception):
    """The body is not what the path asks for: 400."""


class DropReason(StrEnum):
    """Why an event is dropped although the request was answered 200 (Segment fact sheet, Tracking API)."""

    UNKNOWN_WRITE_KEY = "unknown write key"
    BATCH_TOO_LONG = "batch over 2500 events"
    NOT_AN_OBJECT = "event is not an object"
    UNKNOWN_TYPE = "unknown event type"
    NO_USER = "no userId or anonymousId"
    NO_NAME = "no event name"
    NO_TARGET = "no groupId or previousId"
    MESSAGE_ID = "messageId is no string of under 100 characters"
    TIMESTAMP = "timestamp is no ISO 8601 time"
    TOO_MANY_PROPERTIES = "over 10000 properties"
    TOO_LARGE = "event over 32 KB"


class Submission(msgspec.Struct, frozen=True):
    """One request's events, each with the batch's `context` and `integrations` merged into it."""

    events: tuple[JsonValue, ...]
    sent_at: datetime | None
    write_key: str | None


class AdmittedEvent(msgspec.Struct, frozen=True):
    """An event Segment keeps: as sent, and what of it the books need. `timestamp` is the sender's, in UTC."""

    body: JsonObject
    type: str
    message_id: str | None
    timestamp: datetime | None


def read_submission(call: str, body: bytes) -> Submission:
    """Read the body of a call (a value of `CALLS`). Raises `MalformedError`."""
    envelope = _decode_object(body)
    if call == BATCH:
        batch = envelope.get("batch")
        if not isinstance(batch, list):
            raise MalformedError("batch must be an array")
        events = tuple(_with_envelope(item, envelope) for item in batch)
    else:
        events = (_bare({**envelope, "type": call}),)
    write_key = envelope.get("writeKey")
    return Submission(
        events=events,
        sent_at=parse_time(envelope.get("sentAt")),
        write_key=write_key if isinstance(write_key, str) else None,
    )


def admit(event: JsonValue) -> AdmittedEvent | DropReason:
    """Take an event in, or say why Segment drops it in silence."""
    if not isinstance(event, dict):
        return DropReason.NOT_AN_OBJECT
    event_type, message_id, timestamp = event.get("type"), event.get("messageId"), event.get("timestamp")
    if not isinstance(event_type, str) or event_type not in _TYPES:
        return DropReason.UNKNOWN_TYPE
    if reason := _lacking(event, event_type) or _over_a_limit(event):
        return reason
    if not isinstance(message_id, str | None) or len(message_id or "") > MAX_MESSAGE_ID_CHARS:
        return DropReason.MESSAGE_ID
    original = parse_time(timestamp)
    if timestamp is not None and original is None:
        return DropReason.TIMESTAMP
    return AdmittedEvent(body=event, type=event_type, message_id=message_id or None, timestamp=original)


def stored_form(
    event: AdmittedEvent, *, message_id: str, sent_at: datetime | None, received_at: datetime
) -> JsonObject:
    """Give an admitted event the form and key order Segment stores it in.

    `timestamp = receivedAt - (sentAt - originalTimestamp)`: the sender's clock is taken to be off by what
    lies between sending and receiving (Segment fact sheet, Tracking API).
    """
    original = event.timestamp or received_at
    context = _object(event.body.get("context"))
    stored: JsonObject = {
        **event.body,
        "context": {**context, "library": context.get("library") or _UNKNOWN_LIBRARY},
        "integrations": _object(event.body.get("integrations")),
        "messageId": message_id,
        "originalTimestamp": format_time(original),
        "receivedAt": format_time(received_at),
        "timestamp": format_time(received_at - ((sent_at or received_at) - original)),
    }
    if details := _DETAILS.get(event.type):
        stored[details] = _object(event.body.get(details))
    return dict(sorted(stored.items()))


def _decode_object(body: bytes) -> JsonObject:
    try:
        value: JsonValue = msgspec.json.decode(body)
    except (ValueError, RecursionError) as error:
        raise MalformedError("malformed JSON") from error
    if not isinstance(value, dict):
        raise MalformedError("body must be an object")
    return value


def _with_envelope(item: JsonValue, envelope: JsonObject) -> JsonValue:
    if not isinstance(item, dict):
        return item
    event = dict(item)
    for name in ("context", "integrations"):
        if shared := _object(envelope.get(name)):
            event[name] = {**shared, **_object(item.get(name))}
    return _bare(event)


def _bare(event: JsonObject) -> JsonObject:
    return {name: value for name, value in event.items() if name not in _ENVELOPE_FIELDS}


def _object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else cast("JsonObject", {})


def _lacking(event: JsonObject, event_type: str) -> DropReason | None:
    if not any(_is_id(event.get(name)) for name in ("userId", "anonymousId")):
        return DropReason.NO_USER
    if event_type == "track" and not _is_name(event.get("event")):
        return DropReason.NO_NAME
    target = _TARGETS.get(event_type)
    return DropReason.NO_TARGET if target and not _is_id(event.get(target)) else None


def _over_a_limit(event: JsonObject) -> DropReason | None:
    if any(len(_object(event.get(name))) > MAX_PROPERTIES for name in ("properties", "traits")):
        return DropReason.TOO_MANY_PROPERTIES
    return DropReason.TOO_LARGE if len(msgspec.json.encode(event)) > MAX_EVENT_BYTES else None


def _is_id(value: JsonValue) -> bool:
    return isinstance(value, str | int) and value != "" and not isinstance(value, bool)


def _is_name(value: JsonValue) -> bool:
    return isinstance(value, str) and value != ""
