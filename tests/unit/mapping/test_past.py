"""Occurrences of the past as bodies of webhooks, and lines of the Events API as occurrences."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gladly_segment.core import identity
from gladly_segment.core.ids import ConversationId, CustomerId
from gladly_segment.core.moments import parse_moment
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.past import ConversationMerged, PastOccurrence, Unreadable
from gladly_segment.core.records import Receipt, Source
from gladly_segment.mapping.intake import take_in
from gladly_segment.mapping.past import integrations_of, past_body, told_in
from tests.support.receipts import SHOP, conversation_event
from tests.unit.builders import MOMENT

TOLD = "2024-03-13T09:00:00.123Z"
ELSEWHERE = b'{"All":false,"Warehouse":true}'


def occurrence(kind: EventKind = EventKind.CLOSED, **changes: Any) -> PastOccurrence:
    at = parse_moment(TOLD)
    assert at is not None
    made = PastOccurrence(
        kind=kind,
        conversation=ConversationId("c-1"),
        customer=CustomerId("u-1"),
        at=at,
        told=TOLD,
        source=Source.REPORT,
    )
    return msgspec.structs.replace(made, **changes)


def taken(body: bytes) -> Receipt:
    receipt = take_in(body, organization=SHOP, received_at=MOMENT, source=Source.REPORT)
    assert isinstance(receipt, Receipt)
    return receipt


def line(**fields: Any) -> bytes:
    return json.dumps({**json.loads(conversation_event("CLOSED")), **fields}).encode()


@pytest.mark.parametrize("kind", EventKind)
def test_an_occurrence_has_the_key_of_the_webhook_that_would_have_told_of_it(kind: EventKind) -> None:
    webhook = conversation_event(kind.upper(), "c-1", "u-1", occurrence().at)

    assert taken(past_body(occurrence(kind))).key == taken(webhook).key


def test_an_occurrence_says_when_it_was_and_whose_it_is() -> None:
    body = json.loads(past_body(occurrence(customer=None)))

    assert body == {"type": "CONVERSATION/CLOSED", "timestamp": TOLD, "content": {"conversationId": "c-1"}}
    assert taken(past_body(occurrence())).occurred_at == occurrence().at


def test_a_line_of_the_events_api_stays_as_gladly_wrote_it() -> None:
    webhook = conversation_event("CLOSED")

    told = told_in(webhook, 1)

    assert isinstance(told, PastOccurrence)
    assert past_body(told) == webhook
    assert taken(webhook).key == identity.closed_key(SHOP, told.conversation, told.told)
    assert (told.conversation, told.customer, told.source) == ("c-1", "u-1", Source.EVENTS_API)


@pytest.mark.parametrize("body", [b"", conversation_event("CLOSED"), conversation_event("CLOSED") + b" \n"])
def test_a_body_carries_where_its_event_goes_and_is_the_same_event_otherwise(body: bytes) -> None:
    plain, carrying = occurrence(body=body), past_body(occurrence(body=body), ELSEWHERE)

    assert bytes(integrations_of(carrying)) == ELSEWHERE
    assert bytes(integrations_of(past_body(plain))) == b"{}"
    assert taken(carrying).key == taken(past_body(plain)).key
    assert json.loads(carrying)["content"]["conversationId"] == "c-1"


@pytest.mark.parametrize("carried", ["7", "null", '"All"', "[]", "[" * 10_000 + "]" * 10_000])
def test_only_an_object_says_where_an_event_goes(carried: str) -> None:
    body = f'{{"type":"CONVERSATION/CLOSED","segmentIntegrations":{carried}}}'

    assert bytes(integrations_of(body.encode())) == b"{}"


@given(st.binary(max_size=60))
def test_no_body_trips_it_up(body: bytes) -> None:
    assert bytes(integrations_of(body)).startswith(b"{")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (b"{", "malformed_json"),
        (line(timestamp="yesterday"), "it names no time"),
        (line(timestamp=None), "it names no time"),
        (line(content={}), "it names no conversation"),
    ],
)
def test_a_line_that_should_tell_of_an_occurrence_and_does_not_is_unreadable(wrong: bytes, why: str) -> None:
    assert told_in(wrong, 7) == Unreadable(7, why)


@pytest.mark.parametrize("event_type", ["CONVERSATION/REOPENED", "CUSTOMER_PROFILE/UPDATED", "SOMETHING/NEW"])
def test_a_line_of_another_type_tells_of_nothing(event_type: str) -> None:
    assert told_in(line(type=event_type), 1) is None


def test_a_merge_names_the_conversation_that_vanished() -> None:
    merged = {"sourceConversationId": "c-old", "destinationConversationId": "c-new", "sourceCustomerId": "u-1"}

    told = told_in(line(type="CUSTOMER/MERGED", content=merged, timestamp=TOLD), 1)

    assert told == ConversationMerged(ConversationId("c-old"), ConversationId("c-new"), occurrence().at)


def test_a_merge_of_customers_without_open_conversations_tells_of_nothing() -> None:
    assert told_in(line(type="CUSTOMER/MERGED", content={"sourceCustomerId": "u-1"}), 1) is None
