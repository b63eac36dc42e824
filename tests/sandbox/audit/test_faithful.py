"""What is said of an event that contradicts Gladly's books or departs from the reference's form."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from gladly_segment.sandbox.audit import AuditReport, GladlyBooks, SegmentBooks, audit
from gladly_segment.sandbox.audit.books import Contact, GladlyEvent, Merge, Stored

CREATED, CLOSED = "m1", "m2"


def changed(
    segment: SegmentBooks, message_id: str, *, envelope: dict[str, Any] | None = None, **properties: Any
) -> SegmentBooks:
    """The books with fields and properties of one event replaced; `...` takes one away."""

    def change(stored: Stored) -> Stored:
        body = {**stored.event, **(envelope or {}), "properties": _given({**stored.properties, **properties})}
        return replace(stored, event=_given(body)) if stored.message_id == message_id else stored

    return replace(segment, stored=tuple(map(change, segment.stored)))


def _given(fields: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not ...}


def details(report: AuditReport, message_id: str) -> list[str]:
    assert {finding.id for finding in report.unfaithful} <= {message_id}
    return [finding.detail.partition(": ")[2] for finding in report.unfaithful]


def gladly_event(kind: str, second: float, **content: Any) -> GladlyEvent:
    context = {"assignee": {"agentId": "a1"}}
    at = datetime(2024, 5, 1, 8, tzinfo=UTC) + timedelta(seconds=second)
    body = {"type": kind, "timestamp": at, "content": {"conversationId": "c1", "context": context, **content}}
    return msgspec.convert(body, GladlyEvent)


@pytest.mark.parametrize(
    ("message_id", "properties", "detail"),
    [
        (CREATED, {"status": "CLOSED"}, "status is not OPEN"),
        (CLOSED, {"status": "OPEN"}, "status is not CLOSED"),
        (CREATED, {"email": ""}, "email is empty or no text"),
        (CREATED, {"phone": None}, "phone is empty or no text"),
        (CREATED, {"customAttributes": []}, "customAttributes is no object"),
        (CREATED, {"customAttributes": {}}, "customAttributes are not the customer's"),
        (CREATED, {"customerName": "Ugo"}, "customerName is not the customer's name"),
        (CREATED, {"customerName": ...}, "customerName is not the customer's name"),
        (CREATED, {"email": "old@shop.example"}, "email is not the customer's primary or first"),
        (CREATED, {"email": ...}, "email is not the customer's primary or first"),
        (CREATED, {"phone": "+14155550199"}, "phone is not the customer's primary or first in E.164"),
        (CREATED, {"phone": ...}, "phone is not the customer's primary or first in E.164"),
        (CREATED, {"agentName": "Abe"}, "agentName is not that of the agent"),
        (CREATED, {"agentName": ...}, "agentName is not that of the agent"),
        (CREATED, {"agentId": "a2", "agentName": ...}, "agentId is not the conversation's agent"),
        (CLOSED, {"topicIds": []}, "topicIds are not the conversation's topics"),
        (CREATED, {"topicIds": []}, "properties ['topicIds'] are not the reference's"),
        (CLOSED, {"customAttributes": ...}, "properties ['customAttributes'] are missing"),
        (CLOSED, {"topicIds": ...}, "properties ['topicIds'] are missing"),
        (CLOSED, {"status": ...}, "properties ['status'] are missing"),
    ],
)
def test_wrong_and_missing_properties_are_named(
    gladly: GladlyBooks, segment: SegmentBooks, message_id: str, properties: dict[str, Any], detail: str
) -> None:
    report = audit(gladly, changed(segment, message_id, **properties), {})

    assert detail in details(report, message_id)
    assert not report.ok


@pytest.mark.parametrize(
    ("envelope", "detail"),
    [
        ({"userId": "u2"}, "userId is neither the customer nor one it was merged into"),
        ({"userId": None}, "userId is neither the customer nor one it was merged into"),
        ({"sentAt": "2024-05-01T08:00:00.000Z"}, "fields ['sentAt'] are missing or too many"),
        ({"context": {}}, "context is not the reference's"),
        ({"integrations": {"All": True}}, "integrations is not the reference's"),
        ({"type": "identify"}, "type is not the reference's"),
        (
            {"originalTimestamp": "2024-05-01T08:00:00.001Z"},
            "originalTimestamp is not the conversation's creation",
        ),
        ({"timestamp": "2024-05-01T08:00:06.000Z"}, "timestamp is not the conversation's creation"),
        ({"timestamp": "today"}, "timestamp is not the conversation's creation"),
    ],
)
def test_a_wrong_envelope_is_named(
    gladly: GladlyBooks, segment: SegmentBooks, envelope: dict[str, Any], detail: str
) -> None:
    report = audit(gladly, changed(segment, CREATED, envelope=envelope), {})

    assert detail in details(report, CREATED)
    assert not report.ok


@pytest.mark.parametrize(
    ("conversation_id", "name"),
    [("c2", "Gladly Conversation Closed"), ("c3", "Gladly Conversation Created"), (..., "Gladly Conversation Created")],
)
def test_an_event_of_something_that_never_happened_is_unfaithful(
    gladly: GladlyBooks, segment: SegmentBooks, conversation_id: Any, name: str
) -> None:
    stranger = replace(segment.stored[0], seq=5, event={**segment.stored[0].event, "messageId": "m9", "event": name})
    books = replace(segment, stored=(*segment.stored, stranger))

    report = audit(gladly, changed(books, "m9", conversationId=conversation_id), {})

    assert [finding.id for finding in report.unfaithful] == ["m9"]
    assert report.accepted == 4


def test_agent_and_topics_may_be_any_that_held_between_webhook_and_receipt(
    gladly: GladlyBooks, segment: SegmentBooks
) -> None:
    changes = (
        gladly_event("CONVERSATION/TOPIC_REMOVED", 10.5, topicId="t1"),
        gladly_event("CONVERSATION_ASSIGNEE/UPDATED", 10.5, assignee={}),
    )
    first_two = replace(gladly, events=(*gladly.events, *changes), occurrences=gladly.occurrences[:2])
    books = replace(segment, stored=segment.stored[:2])

    assert audit(first_two, books, {}).ok
    assert audit(first_two, changed(books, CLOSED, topicIds=[], agentId=..., agentName=...), {}).ok
    assert not audit(first_two, changed(books, CLOSED, topicIds=["t2"]), {}).ok
    assert not audit(first_two, changed(books, CLOSED, agentId="a2", agentName=...), {}).ok
    assert not audit(first_two, changed(books, CREATED, agentId=..., agentName=...), {}).ok


def test_an_agent_that_is_not_listed_has_no_name(gladly: GladlyBooks, segment: SegmentBooks) -> None:
    left = replace(gladly, agents=())

    assert not audit(left, segment, {}).ok
    nameless = segment
    for message_id in ("m1", "m2", "m3", "m4"):
        nameless = changed(nameless, message_id, agentName=...)
    assert audit(left, nameless, {}).ok


def test_after_a_merge_the_survivor_is_right_too(gladly: GladlyBooks, segment: SegmentBooks) -> None:
    moment = datetime(2024, 5, 1, 8, 0, 5, tzinfo=UTC)
    chain = (Merge(source="u1", target="u2", at=moment), Merge(source="u2", target="u3", at=moment))
    merged = replace(gladly, merges=chain, customers=())

    assert audit(merged, changed(segment, CLOSED, envelope={"userId": "u3"}), {}).ok
    assert not audit(merged, changed(segment, CLOSED, envelope={"userId": "u4"}), {}).ok


def test_a_customer_that_changed_is_not_held_against_its_events(gladly: GladlyBooks, segment: SegmentBooks) -> None:
    changed_customer = replace(gladly.customers[0], name="Una", updated_at="2024-05-01T08:00:15.000Z")

    assert audit(replace(gladly, customers=(changed_customer,)), segment, {}).ok


@pytest.mark.parametrize(
    ("phones", "phone", "ok"),
    [
        ((), ..., True),
        ((), "+14155550100", False),
        ((Contact(original="no number"),), ..., True),
        ((Contact(original="415 555 0100"),), "+14155550100", True),
        ((Contact(original="415 555 0100"),), "415 555 0100", False),
        ((Contact(normalized="+1415"), Contact(normalized="+1416", primary=True)), "+1416", True),
        ((Contact(normalized="+1415"), Contact(normalized="+1416", primary=True)), "+1415", False),
        ((Contact(normalized="+1415"), Contact(normalized="+1416")), "+1415", True),
    ],
)
def test_the_phone_is_the_primary_or_first_in_e164(
    gladly: GladlyBooks, segment: SegmentBooks, phones: tuple[Contact, ...], phone: Any, ok: bool
) -> None:
    customer = replace(gladly.customers[0], phones=phones)
    one = replace(gladly, customers=(customer,), occurrences=gladly.occurrences[:1])
    books = replace(segment, stored=segment.stored[:1])

    assert audit(one, changed(books, CREATED, phone=phone), {}).ok is ok


def test_an_odd_customer_leaves_its_properties_out(gladly: GladlyBooks, segment: SegmentBooks) -> None:
    odd = replace(gladly.customers[0], name="  ", emails=None, phones=None, custom_attributes=None)
    one = replace(gladly, customers=(odd,), occurrences=gladly.occurrences[:1])
    books = replace(segment, stored=segment.stored[:1])

    report = audit(one, changed(books, CREATED, customerName=..., email=..., phone=..., customAttributes={}), {})

    assert report.ok
