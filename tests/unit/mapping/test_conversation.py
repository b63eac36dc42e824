"""What the reference leaves open, decided once: status, absent values, agents, merges and times."""

from typing import Any, Final

import pytest

from gladly_segment.core.ids import MessageId
from gladly_segment.core.lifecycle import ParkCause
from gladly_segment.core.records import MappingNote
from gladly_segment.mapping.conversation import map_closed, map_created
from gladly_segment.mapping.registry import MapFunction
from tests.unit.builders import EVENTS, a_conversation, a_customer, facts, mapped, noted, sent

AGENTS: Final = [{"id": "agent-1", "name": "Ann Agent"}, {"id": "agent-2", "name": "Bob Agent"}]

ABSENT: Final[dict[str, dict[str, Any]]] = {
    "absent": {},
    "null": {"name": None, "emails": None, "phones": None, "customAttributes": None},
    "empty": {"name": "", "emails": [], "phones": [], "customAttributes": {}},
    "blank": {"name": " \t\u00a0", "emails": [{"original": " ", "normalized": ""}], "phones": [{"original": " "}]},
}
NO_AGENT: Final[list[dict[str, Any]]] = [{}, {"agentId": None}, {"agentId": ""}, {"agentId": " "}]


def test_a_late_created_says_open_though_the_conversation_is_closed() -> None:
    closed = a_conversation(status="CLOSED", closedAt="2022-07-09T00:00:00Z")

    assert sent("created", facts(closed))["properties"]["status"] == "OPEN"


@pytest.mark.parametrize("status", ["OPEN", "WAITING"])
def test_a_late_closed_says_closed_though_the_conversation_is_open_again(status: str) -> None:
    reopened = a_conversation(status=status)

    assert sent("closed", facts(reopened))["properties"]["status"] == "CLOSED"


@pytest.mark.parametrize("profile", ABSENT.values(), ids=ABSENT.keys())
def test_absent_scalars_are_left_out_and_collections_are_there(profile: dict[str, Any]) -> None:
    known = facts(a_conversation(), a_customer(**profile))

    created, closed = (sent(event, known)["properties"] for event in EVENTS)

    assert created == {"conversationId": "conversation-1", "customAttributes": {}, "status": "OPEN"}
    assert closed == {"conversationId": "conversation-1", "customAttributes": {}, "status": "CLOSED", "topicIds": []}


@pytest.mark.parametrize("profile", ABSENT.values(), ids=ABSENT.keys())
def test_what_is_absent_at_gladly_is_no_note(profile: dict[str, Any]) -> None:
    assert noted(facts(a_conversation(), a_customer(**profile))) == ()


def test_scalars_lose_the_blanks_around_them() -> None:
    known = facts(a_conversation(), a_customer(name="  Ann Customer\n", emails=[{"original": " ann@example.com "}]))

    properties = sent("created", known)["properties"]

    assert (properties["customerName"], properties["email"]) == ("Ann Customer", "ann@example.com")


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("agent", NO_AGENT)
def test_without_an_agent_there_is_neither_id_nor_name(event: str, agent: dict[str, Any]) -> None:
    known = facts(a_conversation(**agent), agents=AGENTS)

    assert not {"agentId", "agentName"} & sent(event, known)["properties"].keys()
    assert noted(known) == ()


@pytest.mark.parametrize("event", EVENTS)
def test_an_agent_has_the_name_of_the_list(event: str) -> None:
    properties = sent(event, facts(a_conversation(agentId="agent-2"), agents=AGENTS))["properties"]

    assert (properties["agentId"], properties["agentName"]) == ("agent-2", "Bob Agent")


@pytest.mark.parametrize("event", EVENTS)
def test_an_agent_who_is_not_listed_has_an_id_alone_and_is_noted(event: str) -> None:
    known = facts(a_conversation(agentId="agent-3"), agents=AGENTS)

    properties = sent(event, known)["properties"]

    assert properties["agentId"] == "agent-3"
    assert "agentName" not in properties
    assert noted(known) == (MappingNote.AGENT_NOT_LISTED,)


@pytest.mark.parametrize("name", [{}, {"name": None}, {"name": ""}, {"name": " "}])
def test_an_agent_without_a_name_has_an_id_alone(name: dict[str, Any]) -> None:
    known = facts(a_conversation(agentId="agent-1"), agents=[{"id": "agent-1", **name}])

    properties = sent("created", known)["properties"]

    assert properties["agentId"] == "agent-1"
    assert "agentName" not in properties
    assert noted(known) == ()


@pytest.mark.parametrize("event", EVENTS)
def test_after_a_merge_the_user_is_the_survivor(event: str) -> None:
    known = facts(a_conversation(customerId="merged-away"), a_customer(id="survivor", name="The Survivor"))

    assert sent(event, known)["userId"] == "survivor"
    assert sent(event, known)["properties"]["customerName"] == "The Survivor"


@pytest.mark.parametrize("topics", [{}, {"topicIds": None}, {"topicIds": []}])
def test_closed_without_topics_has_an_empty_list(topics: dict[str, Any]) -> None:
    assert sent("closed", facts(a_conversation(**topics)))["properties"]["topicIds"] == []


def test_closed_has_the_topics_in_gladlys_order() -> None:
    known = facts(a_conversation(topicIds=["topic-b", "topic-a"]))

    assert sent("closed", known)["properties"]["topicIds"] == ["topic-b", "topic-a"]


def test_created_has_no_topics() -> None:
    assert "topicIds" not in sent("created", facts(a_conversation(topicIds=["topic-a"])))["properties"]


def test_the_customers_attributes_are_sent_and_not_the_conversations() -> None:
    known = facts(
        a_conversation(customAttributes=[{"id": "of", "value": "conversation"}]),
        a_customer(customAttributes={"of": "customer"}),
    )

    assert sent("created", known)["properties"]["customAttributes"] == {"of": "customer"}


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize(
    ("created_at", "timestamp"),
    [
        ("2022-07-08T18:46:37Z", "2022-07-08T18:46:37.000Z"),
        ("2022-07-08T18:46:37.9Z", "2022-07-08T18:46:37.900Z"),
        ("2022-07-08T18:46:37.07Z", "2022-07-08T18:46:37.070Z"),
        ("2022-07-08T18:46:37.946Z", "2022-07-08T18:46:37.946Z"),
        ("2022-07-08T18:46:37.946999999Z", "2022-07-08T18:46:37.946Z"),
        ("2022-07-08T20:46:37.946+02:00", "2022-07-08T18:46:37.946Z"),
        ("2022-07-08T13:16:37.946-05:30", "2022-07-08T18:46:37.946Z"),
        ("2022-12-31T23:30:00.000-01:00", "2023-01-01T00:30:00.000Z"),
    ],
)
def test_the_timestamp_is_the_creation_in_utc_with_three_digits(event: str, created_at: str, timestamp: str) -> None:
    known = facts(a_conversation(createdAt=created_at, closedAt="2023-05-05T05:05:05.555Z"))

    assert sent(event, known)["timestamp"] == timestamp


@pytest.mark.parametrize("map_event", [map_created, map_closed])
@pytest.mark.parametrize("created_at", ["", "yesterday", "2022-07-08", "2022-07-08T18:46:37", "1657305997946"])
def test_a_conversation_without_a_readable_creation_time_is_parked(map_event: MapFunction, created_at: str) -> None:
    outcome = map_event(facts(a_conversation(createdAt=created_at)), MessageId("message-1"))

    assert outcome is ParkCause.CONVERSATION_UNREADABLE


@pytest.mark.parametrize("event", EVENTS)
def test_the_message_id_is_the_one_given(event: str) -> None:
    assert mapped(event, facts(), message_id="message-7").event.message_id == "message-7"


def test_every_note_is_recorded_beside_the_event() -> None:
    known = facts(
        a_conversation(agentId="agent-3"),
        a_customer(phones=[{"original": "none"}], customAttributes="none"),
    )

    assert set(noted(known)) == set(MappingNote)
    assert not {"agentName", "phone"} & sent("created", known)["properties"].keys()
