"""One organization's entities: merges followed, lists and customers remembered, each asked for once."""

import asyncio
import json
from itertools import pairwise
from typing import Any

import pytest

from gladly_segment.core.entities import CustomerProfile
from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import FailureKind
from gladly_segment.core.ids import AgentId, ConversationId, CustomerId, TopicId
from gladly_segment.core.provenance import Fetched, Origin, Resource
from gladly_segment.gladly import Directory
from gladly_segment.ports.entities import GONE
from tests.support.clock import ManualClock
from tests.unit.gladly.conftest import NewClient, Shop

CUSTOMER_KEEP_S = 300
LIST_KEEP_S = 3600
LIST_FRESH_S = 60


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def directory(shop: Shop, new_client: NewClient, clock: ManualClock) -> Directory:
    return Directory(new_client(shop.url, clock=clock), clock)


async def name_of(directory: Directory, customer: str) -> str | None:
    profile = (await directory.customer(CustomerId(customer))).value
    assert isinstance(profile, CustomerProfile)
    return profile.name


async def reads(shop: Shop, resource: str) -> int:
    return sum(path.startswith(f"/{resource}") for path, _ in await shop.asked())


def moved(old: str, new: str) -> dict[str, Any]:
    errors = [{"attr": "customerId", "code": "moved", "detail": "moved", "meta": {"old": old, "new": new}}]
    path = f"/api/v1/customer-profiles/{old}"
    return {"kind": "status", "status": 301, "path_prefix": path, "body": json.dumps({"errors": errors})}


async def test_a_customer_is_asked_for_once_by_many(shop: Shop, directory: Directory) -> None:
    customer = await shop.create_customer({"name": "Ann"})

    names = await asyncio.gather(*(name_of(directory, customer) for _ in range(20)))

    assert names == ["Ann"] * 20
    assert await reads(shop, "customer-profiles") == 1


async def test_a_customer_is_remembered_for_five_minutes(shop: Shop, directory: Directory, clock: ManualClock) -> None:
    customer = await shop.create_customer({"name": "Ann"})
    await name_of(directory, customer)
    await shop.change_customer(customer, {"name": "Anna"})

    clock.advance(CUSTOMER_KEEP_S - 1)
    remembered = await name_of(directory, customer)
    clock.advance(1)

    assert (remembered, await name_of(directory, customer)) == ("Ann", "Anna")


async def test_a_customer_who_changed_is_forgotten_when_told(shop: Shop, directory: Directory) -> None:
    customer, other = await shop.create_customer({"name": "Ann"}), await shop.create_customer({"name": "Bea"})
    await name_of(directory, customer)
    await name_of(directory, other)
    await shop.change_customer(customer, {"name": "Anna"})

    directory.forget(CustomerId(customer))
    directory.forget(CustomerId("nobody"))

    assert [await name_of(directory, customer), await name_of(directory, other)] == ["Anna", "Bea"]
    assert await reads(shop, "customer-profiles") == 3


async def test_all_customers_are_forgotten_when_told(shop: Shop, directory: Directory) -> None:
    customers = [await shop.create_customer({"name": name}) for name in ("Ann", "Bea")]
    for customer in customers:
        await name_of(directory, customer)
        await shop.change_customer(customer, {"name": "renamed"})

    directory.forget_customers()

    assert [await name_of(directory, customer) for customer in customers] == ["renamed"] * 2


async def test_that_a_customer_is_gone_is_never_said_from_memory(shop: Shop, directory: Directory) -> None:
    customer = await shop.create_customer({"name": "Ann"})
    not_exist = '{"errors":{"code":"not_exist","detail":"not yet"}}'
    await shop.misbehave(kind="status", status=404, body=not_exist, times=1)

    assert (await directory.customer(CustomerId(customer))).value is GONE
    assert await name_of(directory, customer) == "Ann"


async def test_trouble_is_not_remembered(shop: Shop, directory: Directory) -> None:
    customer = await shop.create_customer({"name": "Ann"})
    await shop.misbehave(kind="status", status=503, times=1)

    with pytest.raises(CallFailedError):
        await name_of(directory, customer)

    assert await name_of(directory, customer) == "Ann"


async def test_a_chain_of_merges_leads_to_the_survivor(shop: Shop, directory: Directory) -> None:
    chain = [await shop.create_customer({"name": name}) for name in ("Ann", "Bea", "Cleo", "Dora")]
    for source, target in pairwise(chain):
        await shop.merge(source, target)

    profile = (await directory.customer(CustomerId(chain[0]))).value

    assert isinstance(profile, CustomerProfile)
    assert (profile.id, profile.name) == (chain[-1], "Dora")


async def test_a_merge_that_was_told_is_followed_from_the_middle_of_a_remembered_chain(
    shop: Shop, directory: Directory
) -> None:
    first, second, third = [await shop.create_customer({"name": name}) for name in ("Ann", "Bea", "Cleo")]
    await shop.merge(first, second)
    assert await name_of(directory, first) == "Bea"
    await shop.merge(second, third)

    directory.forget(CustomerId(second))
    directory.forget(CustomerId(third))

    assert await name_of(directory, first) == "Cleo"
    assert await reads(shop, f"customer-profiles/{first}") == 1


async def test_a_survivor_who_was_deleted_is_gone(shop: Shop, directory: Directory) -> None:
    first, second = await shop.create_customer({}), await shop.create_customer({})
    await shop.merge(first, second)
    await shop.delete_customer(second)

    assert (await directory.customer(CustomerId(first))).value is GONE


@pytest.mark.parametrize("circle", [["u-1"], ["u-1", "u-2"], ["u-1", "u-2", "u-3"]])
async def test_merges_in_a_circle_are_a_malformed_answer(shop: Shop, directory: Directory, circle: list[str]) -> None:
    await shop.misbehave_by([moved(old, new) for old, new in zip(circle, [*circle[1:], circle[0]], strict=True)])

    with pytest.raises(CallFailedError) as error:
        await directory.customer(CustomerId("u-1"))

    assert error.value.failure.kind is FailureKind.MALFORMED
    assert await reads(shop, "customer-profiles") == len(circle)


async def test_agents_are_read_once_for_an_hour(shop: Shop, directory: Directory, clock: ManualClock) -> None:
    known = AgentId(await shop.add_agent("Bo Berg"))

    for _ in range(3):
        assert (await directory.agents(known)).value[known].name == "Bo Berg"
        clock.advance(LIST_KEEP_S / 3 - 1)

    assert await reads(shop, "agents") == 1
    clock.advance(3)
    await directory.agents(known)
    assert await reads(shop, "agents") == 2


async def test_the_agents_are_asked_for_once_by_many(shop: Shop, directory: Directory) -> None:
    known = AgentId(await shop.add_agent("Bo Berg"))

    await asyncio.gather(*(directory.agents(known) for _ in range(20)))

    assert await reads(shop, "agents") == 1


async def test_an_agent_who_is_new_is_found_as_soon_as_the_list_is_not_fresh(
    shop: Shop, directory: Directory, clock: ManualClock
) -> None:
    await directory.agents(AgentId("anybody"))
    newcomer = AgentId(await shop.add_agent("Eve Estrada"))

    clock.advance(LIST_FRESH_S - 1)
    fresh = (await directory.agents(newcomer)).value
    clock.advance(1)

    assert newcomer not in fresh
    assert (await directory.agents(newcomer)).value[newcomer].name == "Eve Estrada"
    assert await reads(shop, "agents") == 2


async def test_an_agent_who_left_costs_one_call_a_minute_and_not_one_an_event(
    shop: Shop, directory: Directory, clock: ManualClock
) -> None:
    for _ in range(2):
        await asyncio.gather(*(directory.agents(AgentId("who left")) for _ in range(20)))
        clock.advance(LIST_FRESH_S)
    await asyncio.gather(*(directory.agents(AgentId("who left")) for _ in range(20)))

    assert await reads(shop, "agents") == 3


async def test_topics_are_remembered_in_the_same_way(shop: Shop, directory: Directory, clock: ManualClock) -> None:
    known = TopicId(await shop.add_topic("Returns"))
    assert (await directory.topics(known)).value[known].name == "Returns"

    newcomer = TopicId(await shop.add_topic("Billing"))
    assert newcomer not in (await directory.topics(newcomer)).value
    clock.advance(LIST_FRESH_S)

    assert (await directory.topics(newcomer)).value[newcomer].name == "Billing"
    assert await reads(shop, "topics") == 2


async def test_it_tells_from_where_each_entity_came_and_how_old_it_is(
    shop: Shop, directory: Directory, clock: ManualClock
) -> None:
    customer, agent = await shop.create_customer({}), AgentId(await shop.add_agent("Bo Berg"))
    conversation = ConversationId(await shop.open(customer))

    async def fetched() -> list[Fetched]:
        reads = (
            await directory.conversation(conversation),
            await directory.customer(CustomerId(customer)),
            await directory.agents(agent),
        )
        return [each for read in reads for each in read.fetched]

    assert await fetched() == [
        Fetched(resource=Resource.CONVERSATION, id=conversation, origin=Origin.GLADLY, age_s=0.0),
        Fetched(resource=Resource.CUSTOMER_PROFILE, id=customer, origin=Origin.GLADLY, age_s=0.0),
        Fetched(resource=Resource.AGENTS, origin=Origin.GLADLY, age_s=0.0),
    ]
    clock.advance(90.0)
    assert await fetched() == [
        Fetched(resource=Resource.CONVERSATION, id=conversation, origin=Origin.GLADLY, age_s=0.0),
        Fetched(resource=Resource.CUSTOMER_PROFILE, id=customer, origin=Origin.MEMORY, age_s=90.0),
        Fetched(resource=Resource.AGENTS, origin=Origin.MEMORY, age_s=90.0),
    ]


async def test_it_tells_the_way_of_a_merge_and_what_was_not_found(shop: Shop, directory: Directory) -> None:
    first, second = await shop.create_customer({}), await shop.create_customer({})
    await shop.merge(first, second)
    await shop.delete_customer(second)

    told = [*(await directory.customer(CustomerId(first))).fetched]
    told += (await directory.conversation(ConversationId("nowhere"))).fetched

    assert [(each.resource, each.id, each.found) for each in told] == [
        (Resource.CUSTOMER_PROFILE, first, True),
        (Resource.CUSTOMER_PROFILE, second, False),
        (Resource.CONVERSATION, "nowhere", False),
    ]


async def test_a_call_shared_by_several_is_told_to_each(shop: Shop, directory: Directory) -> None:
    customer = CustomerId(await shop.create_customer({}))

    reads = await asyncio.gather(*(directory.customer(customer) for _ in range(3)))

    once = Fetched(resource=Resource.CUSTOMER_PROFILE, id=customer, origin=Origin.GLADLY, age_s=0.0)
    assert [read.fetched for read in reads] == [(once,)] * 3


async def test_a_conversation_is_read_as_it_is_now(shop: Shop, directory: Directory) -> None:
    conversation = await shop.open(await shop.create_customer({}))
    before = await directory.conversation(ConversationId(conversation))
    await shop.assign(conversation, "agent-1")

    after = await directory.conversation(ConversationId(conversation))

    assert [getattr(each.value, "agent_id", "") for each in (before, after)] == [None, "agent-1"]
