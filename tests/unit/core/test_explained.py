"""A conversation with everything that befell its events, as pages and commands give it."""

import json
from datetime import timedelta

import msgspec

from gladly_segment.core.explained import explained
from gladly_segment.core.ids import ConversationId
from gladly_segment.core.lifecycle import IgnoreReason, State
from gladly_segment.core.provenance import Fetched, Origin, Resource
from gladly_segment.core.records import Attempt
from gladly_segment.core.situation import Situation
from gladly_segment.core.why import why, why_conversation
from tests.support.clock import START
from tests.unit.core.histories import SHOP, a_receipt, step

C_1 = ConversationId("c-1")
NOW = Situation(now=START, organization=SHOP)


def test_each_event_has_its_own_answer_and_the_conversation_one_of_all() -> None:
    lane = [a_receipt(State.DELIVERED, seq=1), a_receipt(State.IGNORED, IgnoreReason.TYPE_NOT_MAPPED, seq=2)]

    found = explained(C_1, lane, NOW)

    assert (found.organization, found.conversation) == (SHOP, "c-1")
    assert found.answer == why_conversation(lane, NOW)
    assert [each.answer for each in found.events] == [why(each, lane, NOW) for each in lane]


def test_what_was_fetched_and_each_attempt_are_told() -> None:
    fetched = Fetched(resource=Resource.CUSTOMER_PROFILE, id="u-1", origin=Origin.MEMORY, age_s=12.5, found=False)
    put_off = Attempt(START, "enrich", "deferred", "", "answered 503", START + timedelta(seconds=2))
    sent = step("deliver", "delivered", detail="200 in 35 ms, 1 event in the batch", after_s=3)

    found = explained(C_1, [a_receipt(State.DELIVERED, fetched=(fetched,), attempts=(put_off, sent))], NOW)

    told = json.loads(msgspec.json.encode(found.events[0]))
    assert told["fetched"] == [
        {"resource": "customer_profile", "id": "u-1", "origin": "memory", "ageS": 12.5, "found": False}
    ]
    assert [(each["at"], each["detail"], each["dueAt"]) for each in told["attempts"]] == [
        ("2026-03-01T12:00:00.000Z", "answered 503", "2026-03-01T12:00:02.000Z"),
        ("2026-03-01T12:00:03.000Z", "200 in 35 ms, 1 event in the batch", None),
    ]


def test_json_is_passed_on_as_it_is_and_what_is_none_as_text() -> None:
    body, payload = b'{\n "amount": 1.10, "name": "Zo\xc3\xab"\n}', b'{"event": "x'

    found = explained(C_1, [a_receipt(State.DELIVERED, body=body, payload=payload)], NOW)

    encoded = msgspec.json.encode(found)
    assert b'"received":{"amount":1.10,"name":"Zo\xc3\xab"}' in encoded
    assert found.events[0].event == '{"event": "x'


def test_what_is_no_longer_kept_is_told_to_be_so() -> None:
    [gone] = explained(C_1, [a_receipt(State.DELIVERED, body=b"")], NOW).events

    assert (gone.content_kept, gone.received, gone.event) == (False, "", None)


def test_nothing_received_is_explained_as_well() -> None:
    found = explained(C_1, [], Situation(now=START))

    assert (found.organization, found.events) == (None, ())
    assert found.answer == why_conversation([], Situation(now=START))
