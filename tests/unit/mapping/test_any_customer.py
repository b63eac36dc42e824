"""Whatever the Gladly fact sheet allows leads to a valid track event."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from gladly_segment.core.admission import refusal
from gladly_segment.core.batching import MAX_EVENT_BYTES, envelope
from gladly_segment.core.entities import Conversation, CustomerProfile
from gladly_segment.core.lifecycle import ParkCause
from gladly_segment.core.moments import format_moment
from gladly_segment.core.records import MappingNote
from gladly_segment.mapping.conversation import Facts
from gladly_segment.mapping.track import encode
from gladly_segment.sandbox.segment.intake import AdmittedEvent, DropReason, admit, read_submission
from tests.unit.builders import EVENTS, MOMENT, facts, from_gladly, mapped, noted, sent
from tests.unit.mapping.strategies import Answers, answers, customers

REQUIRED: Final = {"context", "event", "integrations", "messageId", "properties", "timestamp", "type", "userId"}
SCALARS: Final = {"agentId", "agentName", "conversationId", "customerName", "email", "phone", "status"}
COLLECTIONS: Final = {"created": {"customAttributes"}, "closed": {"customAttributes", "topicIds"}}
events: Final = st.sampled_from(EVENTS)
E164: Final = re.compile(r"\+[1-9][0-9]{1,14}")
STORED_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def facts_of(known: Answers) -> Facts:
    return facts(
        from_gladly(known.conversation, Conversation), from_gladly(known.customer, CustomerProfile), known.agents
    )


def attributes_of(known: Answers) -> dict[str, Any]:
    attributes: Any = known.customer.get("customAttributes")
    if isinstance(attributes, list):
        return {each["id"]: each["value"] for each in cast("list[dict[str, Any]]", attributes)}
    return attributes or {}


def texts_in(contacts: Sequence[dict[str, Any]] | None) -> set[str]:
    """What stands in a profile's `emails` or `phones`."""
    texts = {each.get(form) for each in contacts or () for form in ("normalized", "original")}
    return {text.strip() for text in texts if text and text.strip()}


def own_values(track: dict[str, Any]) -> Iterator[Any]:
    """All values but the customer's own attributes."""
    for key, value in track.items():
        if isinstance(value, dict) and key != "customAttributes":
            yield from own_values(cast("dict[str, Any]", value))
        elif isinstance(value, list):
            yield from cast("list[Any]", value)
        elif key != "customAttributes":
            yield value


@given(event=events, known=answers())
def test_it_has_the_references_form(event: str, known: Answers) -> None:
    track = sent(event, facts_of(known))

    assert track.keys() == REQUIRED
    assert (track["type"], track["event"]) == ("track", f"Gladly Conversation {event.capitalize()}")
    assert track["userId"] == known.customer["id"]
    assert STORED_TIME.fullmatch(track["timestamp"])
    assert COLLECTIONS[event] | {"conversationId", "status"} <= track["properties"].keys()
    assert track["properties"].keys() <= COLLECTIONS[event] | SCALARS
    assert track["properties"]["conversationId"] == known.conversation["id"]


@given(event=events, known=answers())
def test_none_of_our_own_values_is_null_or_blank(event: str, known: Answers) -> None:
    values = list(own_values(sent(event, facts_of(known))))

    assert all(isinstance(value, str) and value.strip() for value in values)


@given(event=events, known=answers())
def test_the_custom_attributes_are_equal(event: str, known: Answers) -> None:
    assert sent(event, facts_of(known))["properties"]["customAttributes"] == attributes_of(known)


@settings(max_examples=300)
@given(profile=customers)
def test_email_and_phone_are_the_profiles(profile: dict[str, Any]) -> None:
    drawn_on = facts(customer=from_gladly(profile, CustomerProfile))

    properties = sent("created", drawn_on)["properties"]

    emails, phones = texts_in(profile.get("emails")), texts_in(profile.get("phones"))
    assert properties["email"] in emails if emails else "email" not in properties
    assert E164.fullmatch(properties.get("phone", "+10"))
    dropped = bool(phones) and "phone" not in properties
    assert (MappingNote.PHONE_NOT_A_NUMBER in noted(drawn_on)) == dropped


@given(event=events, known=answers())
def test_segment_takes_it_unless_it_is_too_large(event: str, known: Answers) -> None:
    payload = encode(mapped(event, facts_of(known)).event)

    (received,) = read_submission("batch", envelope([payload], sent_at=format_moment(MOMENT))).events

    assert refusal(payload) is (ParkCause.EVENT_TOO_LARGE if len(payload) > MAX_EVENT_BYTES else None)
    if refusal(payload) is None:
        assert isinstance(admit(received), AdmittedEvent)
    else:
        assert isinstance(admit(received), AdmittedEvent) or admit(received) is DropReason.TOO_LARGE


@given(event=events, known=answers())
def test_the_same_entities_give_the_same_bytes(event: str, known: Answers) -> None:
    once, again = (encode(mapped(event, facts_of(known)).event) for _ in range(2))

    assert once == again
