"""What becomes of a conversation's event, by what Gladly says of its entities now."""

from typing import Any

import msgspec
import pytest

from gladly_segment.core.entities import Agent
from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.identity import message_id
from gladly_segment.core.ids import AgentId, CustomerId
from gladly_segment.core.lifecycle import ParkCause, Stage, SuppressReason
from gladly_segment.core.privacy import PrivacyPolicy, Treatment
from gladly_segment.core.provenance import Resource
from gladly_segment.core.records import Entry, MadeReady, MappingNote, Parked, Suppressed
from gladly_segment.enrich.outcome import enrich
from tests.support.entities import ShopEntities, fetched
from tests.support.receipts import conversation_event, taken_in
from tests.support.stages import Works


@pytest.fixture
def entities() -> ShopEntities:
    entities = ShopEntities()
    entities.play("c-1", "u-1", name="Ann")
    return entities


async def claimed(works: Works, body: bytes) -> Entry:
    await works.receive(taken_in(body))
    [entry] = await works.claim(Stage.ENRICH)
    return entry


async def event_sent(works: Works, entities: ShopEntities, body: bytes) -> Any:
    settlement = await enrich(await claimed(works, body), entities, PrivacyPolicy())
    assert isinstance(settlement, MadeReady)
    return msgspec.json.decode(settlement.payload)


@pytest.mark.parametrize(
    ("kind", "name", "status"),
    [("CREATED", "Gladly Conversation Created", "OPEN"), ("CLOSED", "Gladly Conversation Closed", "CLOSED")],
)
async def test_an_event_becomes_the_track_event_of_its_type(
    works: Works, entities: ShopEntities, kind: str, name: str, status: str
) -> None:
    entry = await claimed(works, conversation_event(kind))

    settlement = await enrich(entry, entities, PrivacyPolicy())

    assert isinstance(settlement, MadeReady)
    event = msgspec.json.decode(settlement.payload)
    assert (event["event"], event["properties"]["status"]) == (name, status)
    assert (event["userId"], event["properties"]["customerName"]) == ("u-1", "Ann")
    assert event["messageId"] == settlement.message_id == message_id(entry.key)


async def test_what_may_not_leave_is_not_in_the_track_event(works: Works, entities: ShopEntities) -> None:
    entry = await claimed(works, conversation_event("CLOSED"))

    settlement = await enrich(entry, entities, PrivacyPolicy(properties={"customerName": Treatment.DENY}))

    assert isinstance(settlement, MadeReady)
    assert b"Ann" not in settlement.payload


async def test_an_event_of_a_merged_customer_goes_to_the_one_who_survived(works: Works, entities: ShopEntities) -> None:
    entities.rename("u-3", "Survivor")
    entities.merged |= {CustomerId("u-1"): CustomerId("u-2"), CustomerId("u-2"): CustomerId("u-3")}

    event = await event_sent(works, entities, conversation_event("CLOSED", customer="u-1"))

    assert (event["userId"], event["properties"]["customerName"]) == ("u-3", "Survivor")


async def test_the_conversation_says_who_its_customer_is_now(works: Works, entities: ShopEntities) -> None:
    entities.play("c-1", "u-2", name="Bea")

    event = await event_sent(works, entities, conversation_event("CLOSED", customer="u-1"))

    assert event["userId"] == "u-2"


async def test_a_deleted_customer_suppresses_the_event(works: Works, entities: ShopEntities) -> None:
    del entities.customers[CustomerId("u-1")]
    entry = await claimed(works, conversation_event("CLOSED"))

    assert await enrich(entry, entities, PrivacyPolicy()) == Suppressed(
        entry.seq,
        SuppressReason.CUSTOMER_DELETED,
        (fetched(Resource.CONVERSATION, "c-1"), fetched(Resource.CUSTOMER_PROFILE, "u-1", found=False)),
    )


async def test_a_conversation_gone_in_a_merge_suppresses_the_event(works: Works, entities: ShopEntities) -> None:
    entities.conversations.clear()
    entry = await claimed(works, conversation_event("CREATED"))

    assert await enrich(entry, entities, PrivacyPolicy()) == Suppressed(
        entry.seq,
        SuppressReason.CONVERSATION_GONE,
        (fetched(Resource.CONVERSATION, "c-1", found=False), fetched(Resource.CUSTOMER_PROFILE, "u-1")),
    )


async def test_a_conversation_gone_with_its_customer_is_put_down_to_that(works: Works, entities: ShopEntities) -> None:
    entities.conversations.clear()
    entities.customers.clear()
    entry = await claimed(works, conversation_event("CREATED"))

    assert await enrich(entry, entities, PrivacyPolicy()) == Suppressed(
        entry.seq,
        SuppressReason.CUSTOMER_DELETED,
        (fetched(Resource.CONVERSATION, "c-1", found=False), fetched(Resource.CUSTOMER_PROFILE, "u-1", found=False)),
    )


async def test_what_a_track_event_was_made_of_is_told(works: Works, entities: ShopEntities) -> None:
    entities.play("c-1", "u-1", agent="a-1")
    await event_sent(works, entities, conversation_event("CREATED"))

    settlement = await enrich(await claimed(works, conversation_event("CLOSED")), entities, PrivacyPolicy())

    assert isinstance(settlement, MadeReady)
    assert settlement.fetched == (
        fetched(Resource.CONVERSATION, "c-1"),
        fetched(Resource.CUSTOMER_PROFILE, "u-1", remembered=True),
        fetched(Resource.AGENTS),
    )


async def test_agents_are_read_only_for_a_conversation_that_has_one(works: Works, entities: ShopEntities) -> None:
    await event_sent(works, entities, conversation_event("CREATED"))
    assert entities.reads == ["conversation c-1", "customer u-1"]

    entities.play("c-1", "u-1", agent="a-1")
    entities.staff[AgentId("a-1")] = Agent(AgentId("a-1"), "Al")
    event = await event_sent(works, entities, conversation_event("CLOSED"))

    assert entities.reads[-1] == "agents for a-1"
    assert (event["properties"]["agentId"], event["properties"]["agentName"]) == ("a-1", "Al")


async def test_what_was_left_out_is_noted(works: Works, entities: ShopEntities) -> None:
    entities.play("c-1", "u-1", agent="nobody")
    entry = await claimed(works, conversation_event("CLOSED"))

    settlement = await enrich(entry, entities, PrivacyPolicy())

    assert isinstance(settlement, MadeReady)
    assert settlement.notes == (MappingNote.AGENT_NOT_LISTED,)


async def test_a_conversation_that_cannot_be_mapped_is_parked(works: Works, entities: ShopEntities) -> None:
    [conversation] = entities.conversations.values()
    entities.conversations[conversation.id] = msgspec.structs.replace(conversation, created_at="yesterday")
    entry = await claimed(works, conversation_event("CLOSED"))

    assert await enrich(entry, entities, PrivacyPolicy()) == Parked(entry.seq, ParkCause.CONVERSATION_UNREADABLE)


async def test_an_event_that_names_no_conversation_is_parked_without_a_call(
    works: Works, entities: ShopEntities
) -> None:
    entry = await claimed(works, conversation_event("CLOSED"))
    entry = msgspec.structs.replace(entry, body=b'{"type":"CONVERSATION/CLOSED"}')

    assert await enrich(entry, entities, PrivacyPolicy()) == Parked(entry.seq, ParkCause.EVENT_INCOMPLETE)
    assert entities.reads == []


async def test_a_call_that_fails_says_so(works: Works, entities: ShopEntities) -> None:
    failure = Failure(FailureKind.UNAVAILABLE, "answered 503")
    entities.troubles.append(failure)

    with pytest.raises(CallFailedError) as failed:
        await enrich(await claimed(works, conversation_event("CLOSED")), entities, PrivacyPolicy())

    assert failed.value.failure == failure
