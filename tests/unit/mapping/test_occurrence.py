"""One occurrence has one receipt key and one messageId, whatever path brought it; another has others."""

import json
from typing import Any, Final

import pytest

from gladly_segment.core.identity import message_id
from gladly_segment.core.ids import MessageId, OrganizationId
from gladly_segment.core.records import Receipt, Source
from gladly_segment.mapping.intake import take_in
from gladly_segment.mapping.registry import MAPPINGS
from tests.unit.builders import MOMENT

CLOSED_AT: Final = "2022-07-08T18:46:38.070Z"


def occurrence(
    event_type: str = "CONVERSATION/CLOSED",
    *,
    organization: str = "acme",
    conversation: str = "conversation-1",
    **fields: Any,
) -> MessageId:
    """The messageId of what a webhook tells of."""
    content = {"conversationId": conversation, "customerId": "customer-1"}
    event = {"id": "event-1", "type": event_type, "timestamp": CLOSED_AT, "content": content, **fields}
    taken = take_in(
        json.dumps(event).encode(),
        organization=OrganizationId(organization),
        received_at=MOMENT,
        source=Source.WEBHOOK,
    )
    assert isinstance(taken, Receipt), taken
    return message_id(taken.key)


@pytest.mark.parametrize("event_type", MAPPINGS)
@pytest.mark.parametrize(
    "told_again",
    [
        {"id": "event-2"},
        {"id": None},
        {"initiator": {"id": "agent-1", "type": "AGENT"}},
        {"timestamp": "2022-07-08T18:46:38.07Z"},
        {"timestamp": "2022-07-08T18:46:38.070000000Z"},
        {"timestamp": "2022-07-08T20:46:38.07+02:00"},
        {"timestamp": "2022-07-08t18:46:38.070z"},
    ],
)
def test_the_same_occurrence_told_otherwise_is_the_same(event_type: str, told_again: dict[str, Any]) -> None:
    assert occurrence(event_type, **told_again) == occurrence(event_type)


@pytest.mark.parametrize("later", ["2022-07-08T18:46:38.071Z", "2022-07-09T18:46:38.070Z"])
def test_a_second_closed_is_another_occurrence(later: str) -> None:
    assert occurrence(timestamp=later) != occurrence()


def test_a_conversation_is_created_once_whatever_time_is_told() -> None:
    told = {occurrence("CONVERSATION/CREATED", timestamp=time) for time in (CLOSED_AT, "2023-01-01T00:00:00Z", None)}

    assert len(told) == 1


def test_organizations_conversations_and_types_are_told_apart() -> None:
    occurrences = {
        occurrence(event_type, organization=organization, conversation=conversation)
        for event_type in MAPPINGS
        for organization in ("acme", "other")
        for conversation in ("conversation-1", "conversation-2")
    }

    assert len(occurrences) == 8


@pytest.mark.parametrize("timestamp", [None, "yesterday", 1657305998])
def test_a_closed_at_no_readable_time_is_told_by_its_event(timestamp: object) -> None:
    once = occurrence(timestamp=timestamp)

    assert occurrence(timestamp=timestamp) == once
    assert occurrence(timestamp=timestamp, id="event-2") != once
    assert occurrence(timestamp=timestamp, organization="other") != once


def test_an_event_without_id_and_time_is_told_by_its_bytes() -> None:
    once = occurrence(timestamp=None, id=None)

    assert occurrence(timestamp=None, id=None) == once
    assert occurrence(timestamp=None, id=None, initiator={"id": "agent-1"}) != once
    assert occurrence(timestamp=None, id=None, organization="other") != once


def test_events_of_other_types_are_told_by_their_ids() -> None:
    once = occurrence("CUSTOMER_PROFILE/UPDATED")

    assert occurrence("CUSTOMER_PROFILE/UPDATED", timestamp=None) == once
    assert occurrence("CUSTOMER_PROFILE/UPDATED", id="event-2") != once
    assert occurrence("CUSTOMER_PROFILE/DELETED") != once
    assert occurrence("CUSTOMER_PROFILE/UPDATED", organization="other") != once
