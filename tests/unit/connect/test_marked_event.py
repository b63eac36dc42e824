"""The marked test event."""

import os

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from gladly_segment.connect.marked_event import draw_code, is_same_code, marked_event
from tests.support.clock import START


@given(st.binary(min_size=6, max_size=6))
def test_a_code_is_short_and_of_signs_that_are_not_mistaken(drawn: bytes) -> None:
    code = draw_code(lambda count: drawn[:count])

    assert len(code) == 6
    assert not set(code) & set("0O1IL")
    assert is_same_code(f" {code[:3].lower()} {code[3:]} ", code)
    assert not is_same_code(code[:-1], code)


def test_every_event_has_an_id_of_its_own() -> None:
    ids = {msgspec.json.decode(marked_event("CODE", START, os.urandom))["messageId"] for _ in range(100)}

    assert len(ids) == 100
    assert all(len(each) < 100 for each in ids)


def test_it_stays_in_the_debugger_and_is_no_persons() -> None:
    event = msgspec.json.decode(marked_event("K7QMX2", START, os.urandom))

    assert event["event"] == "Gladly Segment Test"
    assert event["properties"] == {"code": "K7QMX2"}
    assert event["integrations"] == {"All": False}
    assert event["anonymousId"] == "gladly-segment-test"
    assert event["timestamp"] == "2026-03-01T12:00:00.000Z"
    assert "userId" not in event
