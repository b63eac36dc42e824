"""What would be made of an event now is told from a new reading of Gladly, by any rules, and changes nothing."""

from typing import Any

import msgspec
import pytest

from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.identity import closed_key, message_id
from gladly_segment.core.ids import ConversationId, Seq
from gladly_segment.core.lifecycle import State, SuppressReason
from gladly_segment.core.moments import format_moment
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.privacy import PrivacyPolicy, Treatment
from gladly_segment.core.records import MadeReady, Suppressed
from gladly_segment.ports.entities import GONE
from gladly_segment.service.preview import Preview, has_preview
from tests.support.clock import START, ManualClock
from tests.support.entities import ShopEntities
from tests.support.histories import received, sent
from tests.support.organizations import an_organization
from tests.support.receipts import SHOP, conversation_event

PLAIN = an_organization("shop")
WITHOUT_NAMES = msgspec.structs.replace(PLAIN, privacy=PrivacyPolicy(properties={"customerName": Treatment.DENY}))


@pytest.fixture
def entities() -> ShopEntities:
    entities = ShopEntities()
    entities.play(name="Ann")
    return entities


@pytest.fixture
def preview(entities: ShopEntities) -> Preview:
    return Preview(entities, ManualClock(START))


def name_in(settlement: object) -> str | None:
    assert isinstance(settlement, MadeReady)
    return msgspec.json.decode(settlement.payload)["properties"].get("customerName")


async def test_the_event_is_made_as_it_would_be_made(preview: Preview) -> None:
    (settlement,) = await preview.of(received(), [PLAIN])

    assert isinstance(settlement, MadeReady)
    key = closed_key(SHOP, ConversationId("c-1"), format_moment(START))
    assert key is not None
    assert settlement.message_id == message_id(key)
    assert name_in(settlement) == "Ann"
    assert [each.resource for each in settlement.fetched] == ["conversation", "customer_profile"]


async def test_several_variants_cost_one_reading(preview: Preview, entities: ShopEntities) -> None:
    settlements = await preview.of(received(), [PLAIN, WITHOUT_NAMES])

    assert [name_in(each) for each in settlements] == ["Ann", None]
    assert entities.reads == ["conversation c-1", "customer u-1"]


async def test_events_of_one_conversation_cost_one_reading(preview: Preview, entities: ShopEntities) -> None:
    created = sent(2, event_type="CONVERSATION/CREATED", body=conversation_event("CREATED"))

    await preview.of(created, [PLAIN])
    await preview.of(sent(3), [PLAIN])

    assert entities.reads == ["conversation c-1", "customer u-1"]


async def test_what_a_variant_does_not_want_costs_nothing(preview: Preview, entities: ShopEntities) -> None:
    only_created = msgspec.structs.replace(PLAIN, events=frozenset({EventKind.CREATED}))

    assert await preview.of(received(), [only_created]) == [Suppressed(Seq(1), SuppressReason.EVENT_NOT_WANTED)]
    assert entities.reads == []


async def test_a_deleted_customer_is_told(preview: Preview, entities: ShopEntities) -> None:
    entities.customers.clear()

    (settlement,) = await preview.of(sent(), [PLAIN])

    assert isinstance(settlement, Suppressed)
    assert settlement.reason is SuppressReason.CUSTOMER_DELETED


async def test_trouble_is_told(preview: Preview, entities: ShopEntities) -> None:
    entities.troubles.append(Failure(FailureKind.UNAVAILABLE, "answered 503"))

    with pytest.raises(CallFailedError, match="503"):
        await preview.of(sent(), [PLAIN])


async def test_gladly_is_asked_for_a_conversation_that_was_never_heard_of(preview: Preview) -> None:
    known = await preview.conversation(ConversationId("c-1"))

    assert known.value is not GONE
    assert (await preview.conversation(ConversationId("c-9"))).value is GONE


@pytest.mark.parametrize(
    ("fields", "has"),
    [
        ({}, True),
        ({"state": State.PARKED, "reason": "no_user"}, True),
        ({"body": b""}, False),
        ({"event_type": "CUSTOMER_PROFILE/UPDATED"}, False),
    ],
)
def test_only_what_could_be_made_has_a_preview(fields: dict[str, Any], has: bool) -> None:
    assert has_preview(sent(**fields)) is has
