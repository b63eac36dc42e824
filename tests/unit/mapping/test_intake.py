"""From the bytes of a webhook to a receipt."""

import json
from datetime import UTC, datetime
from typing import Any, Final, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import ENTRY_STATES, IgnoreReason, ParkCause, State
from gladly_segment.core.records import Receipt, Source
from gladly_segment.mapping.intake import Intake, NotAnEvent, Ping, take_in, told_type
from gladly_segment.mapping.registry import MAPPINGS, PING, PROFILE_CHANGES
from tests.unit.builders import MOMENT
from tests.unit.mapping.strategies import json_values, webhooks

CONVERSATION_IDS: Final = {"conversationId": "conversation-1", "customerId": "customer-1"}
MERGE_IDS: Final = {
    "sourceCustomerId": "customer-old",
    "sourceConversationId": "conversation-old",
    "destinationCustomerId": "customer-new",
    "destinationConversationId": "conversation-new",
}
DEPTH: Final = 100_000
NOT_A_TYPE: Final[list[Any]] = [None, 7, True, ["PING"], {"type": "PING"}]
NOT_AN_ID: Final[list[Any]] = [None, "", 7, True, ["conversation-1"], {"id": "conversation-1"}]


def body(event_type: object = "CONVERSATION/CREATED", **fields: Any) -> bytes:
    """A webhook as the fact sheet shows it, with fields of its own."""
    event = {
        "id": "event-1",
        "type": event_type,
        "timestamp": "2022-07-08T18:46:38.5Z",
        "initiator": {"id": "customer-1", "type": "CUSTOMER"},
        "content": CONVERSATION_IDS,
    }
    return json.dumps({**event, **fields}).encode()


def without(field: str, event: bytes) -> bytes:
    return json.dumps({name: value for name, value in json.loads(event).items() if name != field}).encode()


def intake(event: bytes, organization: str = "acme") -> Intake:
    return take_in(event, organization=OrganizationId(organization), received_at=MOMENT, source=Source.WEBHOOK)


def receipt(event: bytes, organization: str = "acme") -> Receipt:
    taken = intake(event, organization)
    assert isinstance(taken, Receipt), taken
    return taken


def test_a_receipt_says_what_came_from_whom_and_when_and_keeps_the_body() -> None:
    taken = receipt(body())

    assert (taken.organization, taken.event_type, taken.event_id) == ("acme", "CONVERSATION/CREATED", "event-1")
    assert taken.occurred_at == datetime(2022, 7, 8, 18, 46, 38, 500_000, tzinfo=UTC)
    assert (taken.received_at, taken.source) == (MOMENT, Source.WEBHOOK)
    assert taken.body == body()


@pytest.mark.parametrize("event_type", MAPPINGS)
def test_an_event_of_a_conversation_is_received_in_the_lane_of_the_conversation(event_type: str) -> None:
    taken = receipt(body(event_type))

    assert (taken.state, taken.reason, taken.lane) == (State.RECEIVED, None, "conversation:conversation-1")


def test_all_events_of_a_conversation_share_a_lane_and_those_of_another_do_not() -> None:
    created, closed = receipt(body("CONVERSATION/CREATED")), receipt(body("CONVERSATION/CLOSED"))
    another = receipt(body(content={**CONVERSATION_IDS, "conversationId": "conversation-2"}))

    assert created.lane == closed.lane != another.lane


@pytest.mark.parametrize("event_type", MAPPINGS)
@pytest.mark.parametrize("content", [{}, *({**CONVERSATION_IDS, "conversationId": odd} for odd in NOT_AN_ID)])
def test_an_event_of_a_conversation_that_names_none_enters_as_a_dead_letter(event_type: str, content: object) -> None:
    taken = receipt(body(event_type, content=content))

    assert (taken.state, taken.reason) == (State.PARKED, ParkCause.EVENT_INCOMPLETE)


@pytest.mark.parametrize("content", [None, "text", 7, [], [CONVERSATION_IDS]])
def test_content_of_another_form_counts_as_missing(content: object) -> None:
    assert receipt(body(content=content)).reason is ParkCause.EVENT_INCOMPLETE
    assert receipt(without("content", body())).reason is ParkCause.EVENT_INCOMPLETE


@pytest.mark.parametrize("event_type", ["CONVERSATION/REOPENED", "CONVERSATION/TOPIC_ADDED", "TO/COME", "", "ping"])
def test_another_type_is_recorded_as_ignored(event_type: str) -> None:
    taken = receipt(body(event_type))

    assert (taken.state, taken.reason) == (State.IGNORED, IgnoreReason.TYPE_NOT_MAPPED)


@pytest.mark.parametrize("event", [body(PING), b'{"type":"PING"}', body(PING, content="anybody?", id=7)])
def test_a_ping_is_no_receipt(event: bytes) -> None:
    assert intake(event) == Ping()


@pytest.mark.parametrize("event_type", sorted(PROFILE_CHANGES - {"CUSTOMER/MERGED"}))
def test_a_profile_change_is_received_in_the_lane_of_the_customer(event_type: str) -> None:
    taken = receipt(body(event_type, content={"customerId": "customer-1"}))

    assert (taken.state, taken.reason, taken.lane) == (State.RECEIVED, None, "customer:customer-1")


def test_a_merge_is_received_in_the_lane_of_the_customer_that_went() -> None:
    taken = receipt(body("CUSTOMER/MERGED", content=MERGE_IDS))

    assert (taken.state, taken.lane) == (State.RECEIVED, "customer:customer-old")


@pytest.mark.parametrize("event_type", sorted(PROFILE_CHANGES))
@pytest.mark.parametrize("content", [{}, {"customerId": ""}, {"customerId": None}, None])
def test_a_profile_change_of_nobody_is_recorded_as_ignored(event_type: str, content: object) -> None:
    assert receipt(body(event_type, content=content)).state is State.IGNORED


@pytest.mark.parametrize(
    "malformed",
    [
        b"",
        b"   ",
        b"not json",
        b"{",
        b"[1,",
        b'{"type":"CONVERSATION/CREATED"',
        b'{"type":"CONVERSATION/CREATED"} and more',
        b'{"type":"CONVERSATION/CREATED","id":7,',
        b'{"type":"CONVERSATION/CREATED","content":{"conversationId":"\xff"}}',
        b'{"type":"\xff"}',
        b'{"id":7,"type":"\xff"}',
        b'{"type":"\\ud800"}',
        b'\xef\xbb\xbf{"type":"CONVERSATION/CREATED"}',
        b"[" * DEPTH,
        b'{"type":"CONVERSATION/CREATED","content":' + b'{"a":' * DEPTH + b"0" + b"}" * DEPTH + b"}",
        b'{"type":"CONVERSATION/CREATED","id":' + b"[" * DEPTH + b"]" * DEPTH + b"}",
    ],
    ids=lambda malformed: repr(malformed[:60]),
)
def test_malformed_json_is_no_event(malformed: bytes) -> None:
    assert intake(malformed) is NotAnEvent.MALFORMED_JSON


@pytest.mark.parametrize("event", [b"null", b"7", b'"PING"', b"[]", b"{}", *map(body, NOT_A_TYPE)])
def test_json_without_a_type_is_no_event(event: bytes) -> None:
    assert intake(event) is NotAnEvent.NO_EVENT_TYPE


@pytest.mark.parametrize(
    "odd",
    [
        {"id": 7},
        {"timestamp": 1657305998},
        {"initiator": "customer-1"},
        {"content": {**CONVERSATION_IDS, "customerId": 7}},
    ],
)
def test_a_field_of_another_form_does_not_cost_the_event_its_others(odd: dict[str, Any]) -> None:
    plain, taken = receipt(body()), receipt(body(**odd))

    assert (taken.key, taken.lane, taken.state) == (plain.key, plain.lane, State.RECEIVED)


def test_fields_to_come_are_passed_over() -> None:
    plain = receipt(body())
    taken = receipt(body(version=2, content={**CONVERSATION_IDS, "context": {"assignee": [None]}}))

    assert (taken.key, taken.lane, taken.state) == (plain.key, plain.lane, plain.state)


@pytest.mark.parametrize("id_", [b'"event-1"', b"7"])
def test_bytes_that_are_no_text_are_passed_over_where_they_are_not_needed(id_: bytes) -> None:
    content = b'{"conversationId":"conversation-1","note":"\xff"}'
    event = b'{"id":%b,"type":"CONVERSATION/CREATED","note":"\xff","content":%b}' % (id_, content)

    assert receipt(event).lane == "conversation:conversation-1"


@given(event=webhooks)
def test_whatever_has_a_type_is_taken(event: dict[str, Any]) -> None:
    taken = intake(json.dumps(event).encode())

    assert taken == Ping() if event["type"] == PING else isinstance(taken, Receipt) and taken.state in ENTRY_STATES


@given(document=json_values | st.dictionaries(st.sampled_from(["type", "id", "content"]), json_values))
def test_any_json_is_judged(document: Any) -> None:
    has_type = isinstance(document, dict) and isinstance(cast("dict[str, Any]", document).get("type"), str)

    assert (intake(json.dumps(document).encode()) is NotAnEvent.NO_EVENT_TYPE) is not has_type


@given(junk=st.binary(max_size=40), at=st.integers(0, 200))
def test_any_bytes_are_judged(junk: bytes, at: int) -> None:
    event = body("CONVERSATION/CLOSED", id=7)

    assert isinstance(intake(event[:at] + junk + event[at:]), Receipt | NotAnEvent)
    assert isinstance(intake(event[:at] + junk), Receipt | NotAnEvent)


@pytest.mark.parametrize("event_type", ["CONVERSATION/CREATED", "PING", "EXPORT_JOB/COMPLETED", "A1_B/C2"])
def test_types_of_gladlys_form_are_told(event_type: str) -> None:
    assert told_type(event_type) == event_type


@pytest.mark.parametrize("event_type", ["ann@example.com", "", "A/B/C", "a", "A" * 41, "A\n", "CONVERSATION/"])
def test_any_other_text_in_the_place_of_a_type_is_not(event_type: str) -> None:
    assert told_type(event_type) == "unknown"
