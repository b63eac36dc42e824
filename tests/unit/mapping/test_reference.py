"""The reference document, row by row and line by line.

The entities are a closed conversation's, also for Created: it is mapped late.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final, cast

import pytest

from gladly_segment.core.batching import envelope
from gladly_segment.core.entities import Conversation, CustomerProfile
from gladly_segment.core.moments import format_moment
from gladly_segment.mapping.conversation import Facts
from gladly_segment.mapping.track import encode
from gladly_segment.sandbox.segment.intake import AdmittedEvent, JsonObject, admit, read_submission, stored_form
from tests.unit.builders import EVENTS, facts, from_gladly, mapped, reference

RECEIVED_AT: Final = datetime(2022, 7, 8, 18, 46, 38, 486_000, tzinfo=UTC)
ADDED_BY_SEGMENT: Final = ("originalTimestamp", "receivedAt")

FIELDS: Final = reference("fields")
JSON_NAMES: Final = {"customerAttributes": "customAttributes"}
"""The table of Created and its JSON name one field differently; the JSON holds."""


def drawn_on() -> Facts:
    return facts(
        from_gladly(reference("conversation"), Conversation),
        from_gladly(reference("customer"), CustomerProfile),
        reference("agents"),
    )


def payload(event: str) -> bytes:
    return encode(mapped(event, drawn_on(), message_id="<Segment Message ID>").event)


def stored(event: str) -> JsonObject:
    """The event as Segment stores it when the batch takes no time on its way."""
    body = envelope([payload(event)], sent_at=format_moment(RECEIVED_AT))
    submission = read_submission("batch", body)
    admitted = admit(submission.events[0])
    assert isinstance(admitted, AdmittedEvent), admitted
    assert admitted.message_id is not None
    return stored_form(admitted, message_id=admitted.message_id, sent_at=submission.sent_at, received_at=RECEIVED_AT)


def value_of(field: str, event: dict[str, Any]) -> Any:
    return event[field] if field in event else event["properties"][field]


def meant(value: str, event: str) -> Any:
    """What a row's description stands for in the entities."""
    conversation, customer = reference("conversation"), reference("customer")
    agent = next(agent for agent in reference("agents") if agent["id"] == conversation["agentId"])
    return {
        f'"Gladly Conversation {event.capitalize()}"': f"Gladly Conversation {event.capitalize()}",
        "Customer's ID": customer["id"],
        "Conversation Created Timestamp": conversation["createdAt"],
        "Agent's ID currently assigned to Conversation": agent["id"],
        "Agent's Name currently assigned to Conversation": agent["name"],
        "Customer's Full Name": customer["name"],
        "Conversation's ID": conversation["id"],
        "Customer's Custom Attributes": customer["customAttributes"],
        "Customer's Primary Email Address or 1st Email Address if no Primary is selected": next(
            email["normalized"] for email in customer["emails"] if email.get("primary")
        ),
        "Customer's Primary Phone Number in E.164 format or 1st Phone Number if no Primary is selected": next(
            phone["normalized"] for phone in customer["phones"] if phone.get("primary")
        ),
        "Conversation's Status": {"created": "OPEN", "closed": "CLOSED"}[event],
        "List of the Conversation Topic IDs": conversation["topicIds"],
    }[value.replace("’", "'").replace("“", '"').replace("”", '"')]


def lines(document: dict[str, Any], *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in document.items():
        if isinstance(value, dict) and value:
            yield from lines(cast("dict[str, Any]", value), *path, key)
        else:
            yield (*path, key), value


ROWS: Final = [
    pytest.param(event, row["field"], row["value"], id=f"{event}-{row['field']}")
    for event in EVENTS
    for row in FIELDS[event]
]
LINES: Final = [
    pytest.param(event, path, value, id=f"{event}-{'.'.join(path)}")
    for event in EVENTS
    for path, value in lines(reference(event))
]


@pytest.mark.parametrize(("event", "field", "value"), ROWS)
def test_a_row_of_the_table(event: str, field: str, value: str) -> None:
    assert value_of(JSON_NAMES.get(field, field), json.loads(payload(event))) == meant(value, event)


@pytest.mark.parametrize(("event", "path", "value"), LINES)
def test_a_line_of_the_json(event: str, path: tuple[str, ...], value: object) -> None:
    found: Any = stored(event)
    for key in path:
        found = found[key]

    assert found == value


@pytest.mark.parametrize("event", EVENTS)
def test_segment_stores_the_references_json_key_for_key_in_its_order(event: str) -> None:
    assert json.dumps(stored(event)) == json.dumps(reference(event))


@pytest.mark.parametrize("event", EVENTS)
def test_the_batch_holds_the_references_json_without_what_segment_adds(event: str) -> None:
    document = {key: value for key, value in reference(event).items() if key not in ADDED_BY_SEGMENT}

    assert json.dumps(json.loads(payload(event))) == json.dumps(document)


@pytest.mark.parametrize("event", EVENTS)
def test_properties_are_those_of_the_table_and_no_others(event: str) -> None:
    table = {JSON_NAMES.get(row["field"], row["field"]) for row in FIELDS[event]}

    properties = json.loads(payload(event))["properties"]

    assert set(properties) == table - {"event", "userId", "timestamp"}
