"""Events of a kind that the organization does not want: they end before anything is read for them."""

from collections.abc import Set
from pathlib import Path

import pytest

from gladly_segment.core.lifecycle import Stage
from gladly_segment.core.occurrence import ALL_KINDS, EventKind
from gladly_segment.core.privacy import PrivacyPolicy
from gladly_segment.core.records import Selection
from gladly_segment.enrich import EnrichWorker
from gladly_segment.mapping.registry import MAPPINGS
from tests.support.entities import ShopEntities
from tests.support.receipts import conversation_event, profile_event, taken_in
from tests.support.stages import Works
from tests.unit.journals.beside import curating


def worker_for(works: Works, entities: ShopEntities, wanted: Set[EventKind]) -> EnrichWorker:
    return EnrichWorker(works.desk(Stage.ENRICH), entities, PrivacyPolicy(), wanted=wanted)


def test_every_kind_of_event_is_one_that_is_mapped() -> None:
    assert {each.kind for each in MAPPINGS.values()} == ALL_KINDS


@pytest.mark.parametrize(("wanted", "other"), [("CLOSED", "CREATED"), ("CREATED", "CLOSED")])
async def test_what_is_not_wanted_is_suppressed_without_a_call(
    works: Works, entities: ShopEntities, wanted: str, other: str
) -> None:
    entities.play("c-1", "u-1")
    await works.receive(taken_in(conversation_event(other)))

    await worker_for(works, entities, {EventKind(wanted.lower())}).drain()

    assert await works.counts() == {"suppressed/event_not_wanted": 1}
    assert entities.reads == []


async def test_what_is_wanted_goes_on_though_an_earlier_event_of_its_conversation_is_not(
    works: Works, entities: ShopEntities
) -> None:
    entities.play("c-1", "u-1")
    await works.receive(taken_in(conversation_event("CREATED")), taken_in(conversation_event("CLOSED")))

    await worker_for(works, entities, {EventKind.CLOSED}).drain()

    assert [entry.event_type for entry in await works.claim(Stage.DELIVER)] == ["CONVERSATION/CLOSED"]


async def test_a_profile_change_is_noted_whatever_is_wanted(works: Works, entities: ShopEntities) -> None:
    await works.receive(taken_in(profile_event("UPDATED")))

    await worker_for(works, entities, set()).drain()

    assert await works.counts() == {"ignored/profile_change_noted": 1}


async def test_a_replay_with_remap_looks_at_it_by_the_rule_of_now(
    works: Works, entities: ShopEntities, tmp_path: Path
) -> None:
    entities.play("c-1", "u-1")
    await works.receive(taken_in(conversation_event("CREATED")))
    await worker_for(works, entities, {EventKind.CLOSED}).drain()

    async with curating(tmp_path) as curator:
        await curator.replay(Selection(), remap=True)
    await worker_for(works, entities, ALL_KINDS).drain()

    assert await works.counts() == {"ready": 1}
