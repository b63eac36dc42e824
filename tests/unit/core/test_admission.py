"""Each of Segment's silent drops is found before sending (Segment fact sheet, answers and limits)."""

import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gladly_segment.core.admission import refusal
from gladly_segment.core.batching import MAX_EVENT_BYTES
from gladly_segment.core.lifecycle import ParkCause
from gladly_segment.sandbox.segment.intake import AdmittedEvent, admit
from tests.unit.mapping.strategies import json_values

FIT: Final[dict[str, Any]] = {
    "context": {"library": {"name": "unknown", "version": "unknown"}},
    "event": "Gladly Conversation Created",
    "integrations": {},
    "messageId": "gladly-1",
    "properties": {"customAttributes": {}},
    "timestamp": "2022-07-08T18:46:37.946Z",
    "type": "track",
    "userId": "customer-1",
}
MOST_PROPERTIES: Final = 10_000


def payload(**fields: Any) -> bytes:
    return json.dumps({**FIT, **fields}).encode()


def without(field: str) -> bytes:
    return json.dumps({name: value for name, value in FIT.items() if name != field}).encode()


def of_size(size_bytes: int) -> bytes:
    padding = size_bytes - len(payload(properties={"text": ""}))
    return payload(properties={"text": "x" * padding})


def test_an_event_that_segment_takes_is_fit() -> None:
    assert refusal(payload()) is None


@pytest.mark.parametrize(
    ("event", "cause"),
    [
        (without("userId"), ParkCause.NO_USER),
        (payload(userId=""), ParkCause.NO_USER),
        (payload(userId=" \t"), ParkCause.NO_USER),
        (without("event"), ParkCause.NO_EVENT_NAME),
        (payload(event=""), ParkCause.NO_EVENT_NAME),
        (payload(event=" "), ParkCause.NO_EVENT_NAME),
        (without("messageId"), ParkCause.BAD_MESSAGE_ID),
        (payload(messageId=""), ParkCause.BAD_MESSAGE_ID),
        (payload(messageId="x" * 100), ParkCause.BAD_MESSAGE_ID),
        (without("timestamp"), ParkCause.BAD_TIMESTAMP),
        (payload(timestamp="yesterday"), ParkCause.BAD_TIMESTAMP),
        (payload(timestamp="2022-02-30T00:00:00.000Z"), ParkCause.BAD_TIMESTAMP),
        (payload(userId=None), ParkCause.PAYLOAD_UNREADABLE),
        (payload(event=7), ParkCause.PAYLOAD_UNREADABLE),
        (b"", ParkCause.PAYLOAD_UNREADABLE),
        (b"[]", ParkCause.PAYLOAD_UNREADABLE),
        (payload()[:-1], ParkCause.PAYLOAD_UNREADABLE),
        (b"[" * MAX_EVENT_BYTES, ParkCause.PAYLOAD_UNREADABLE),
        (b'{"properties":' + b"[" * 15_000 + b"]" * 15_000 + b"}", ParkCause.PAYLOAD_UNREADABLE),
        (payload(event="\x00").replace(b"\\u0000", b"\xff"), ParkCause.PAYLOAD_UNREADABLE),
    ],
)
def test_an_event_that_segment_would_drop_is_refused_with_the_reason(event: bytes, cause: ParkCause) -> None:
    assert refusal(event) is cause


def test_a_message_id_of_99_characters_is_the_longest() -> None:
    assert refusal(payload(messageId="x" * 99)) is None


def test_an_event_of_32_000_bytes_is_the_largest() -> None:
    assert refusal(of_size(32_000)) is None
    assert refusal(of_size(32_001)) is ParkCause.EVENT_TOO_LARGE


def test_bytes_are_counted_and_not_characters() -> None:
    smiles = json.dumps({**FIT, "properties": {"text": "😀" * 8_000}}, ensure_ascii=False)

    assert len(smiles) < MAX_EVENT_BYTES
    assert refusal(smiles.encode()) is ParkCause.EVENT_TOO_LARGE


def test_more_properties_than_segment_keeps_are_too_large() -> None:
    shortest = b",".join([b'"":0'] * (MOST_PROPERTIES + 1))

    assert refusal(payload(properties="here").replace(b'"here"', b"{" + shortest + b"}")) is ParkCause.EVENT_TOO_LARGE


@given(
    fields=st.fixed_dictionaries(
        {},
        optional={
            "userId": st.sampled_from(["u", "", "\t"]) | json_values,
            "event": st.sampled_from(["e", ""]) | json_values,
            "messageId": st.integers(0, 101).map("m".__mul__) | json_values,
            "timestamp": st.sampled_from(["2022-07-08T18:46:37.946Z", "2022-07-08", ""]) | json_values,
            "properties": st.dictionaries(st.text(max_size=3), json_values, max_size=3)
            | st.integers(31_000, 34_000).map(lambda size: {"text": "x" * size}),
        },
    )
)
def test_what_is_not_refused_segment_keeps(fields: dict[str, Any]) -> None:
    if refusal(payload(**fields)) is None:
        assert isinstance(admit({**FIT, **fields}), AdmittedEvent)
