"""Entities for the past: read customer by customer, in as few requests as can be."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from gladly_segment.core.entities import Conversation, CustomerProfile
from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.ids import AgentId, ConversationId, CustomerId, TopicId
from gladly_segment.core.provenance import Fetched, Origin, Resource
from gladly_segment.gladly import Directory, PastEntities
from gladly_segment.ports.entities import GONE
from tests.support.clock import ManualClock
from tests.unit.gladly.conftest import NewClient, Shop

KEEP_S = 600
LISTED_AT_MOST = 100
"""Gladly fact sheet, resources."""

Household = Callable[..., Awaitable[tuple[CustomerId, list[ConversationId]]]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def directory(shop: Shop, new_client: NewClient, clock: ManualClock) -> Directory:
    return Directory(new_client(shop.url, clock=clock), clock)


@pytest.fixture
async def past(shop: Shop, new_client: NewClient, directory: Directory, clock: ManualClock) -> PastEntities:
    return PastEntities(new_client(shop.url, clock=clock), directory, clock)


@pytest.fixture
def household(shop: Shop) -> Household:
    async def open_some(conversations: int = 1, name: str = "Ann") -> tuple[CustomerId, list[ConversationId]]:
        """A customer with so many conversations, all of them closed."""
        customer = await shop.create_customer({"name": name})
        opened: list[ConversationId] = []
        for _ in range(conversations):
            opened.append(ConversationId(await shop.open(customer)))
            await shop.set_status(opened[-1], "CLOSED")
        return CustomerId(customer), opened

    return open_some


async def asked(shop: Shop) -> list[str]:
    return [path for path, _ in await shop.asked()]


def profile(customer: str) -> str:
    return f"/customer-profiles/{customer}"


def listing(customer: str) -> str:
    return f"/customers/{customer}/conversations"


async def enrich(past: PastEntities, conversation: ConversationId, customer: CustomerId) -> tuple[str, str | None]:
    """Ask as the enrich stage does; give the conversation's id and its customer's name."""
    found = (await past.conversation(conversation, of=customer)).value
    assert isinstance(found, Conversation)
    owner = (await past.customer(found.customer_id)).value
    assert isinstance(owner, CustomerProfile)
    return found.id, owner.name


async def test_a_customer_costs_two_requests_whatever_happened_to_it(
    shop: Shop, past: PastEntities, household: Household
) -> None:
    customer, conversations = await household(5)

    for conversation in conversations:
        for _ in ("created", "closed"):
            assert await enrich(past, conversation, customer) == (conversation, "Ann")

    assert await asked(shop) == [profile(customer), listing(customer)]


async def test_a_customer_costs_two_requests_also_when_many_ask_at_once(
    shop: Shop, past: PastEntities, household: Household
) -> None:
    customer, conversations = await household(5)

    told = await asyncio.gather(*(enrich(past, conversations[number % 5], customer) for number in range(16)))

    assert told == [(conversations[number % 5], "Ann") for number in range(16)]
    assert await asked(shop) == [profile(customer), listing(customer)]


async def test_a_conversation_is_told_as_if_it_had_been_asked_for_by_itself(
    shop: Shop, past: PastEntities, directory: Directory, household: Household
) -> None:
    customer, (conversation,) = await household()
    await shop.assign(conversation, "agent-1")
    await shop.change_topics(conversation, [await shop.add_topic("Returns")], [])

    by_customer = await past.conversation(conversation, of=customer)

    assert by_customer.value == (await directory.conversation(conversation)).value


async def test_of_a_merged_customer_the_conversations_of_the_survivor_are_read(
    shop: Shop, past: PastEntities, household: Household
) -> None:
    (first, conversations), (second, others) = await household(2), await household(1, "Bea")
    await shop.merge(first, second)

    assert await enrich(past, conversations[0], first) == (conversations[0], "Bea")
    assert await enrich(past, conversations[1], first) == (conversations[1], "Bea")
    assert await enrich(past, others[0], second) == (others[0], "Bea")
    assert await asked(shop) == [profile(first), profile(second), listing(second)]


async def test_a_deleted_customer_costs_one_request(shop: Shop, past: PastEntities, household: Household) -> None:
    customer, conversations = await household(3)
    await shop.delete_customer(customer)

    reads = [await past.conversation(each, of=customer) for each in conversations]

    assert [read.value for read in reads] == [GONE] * 3
    assert (await past.customer(customer)).value is GONE
    assert await asked(shop) == [profile(customer)]


async def test_that_its_customer_was_deleted_is_told_as_the_reason(
    shop: Shop, past: PastEntities, household: Household
) -> None:
    customer, (conversation,) = await household()
    await shop.delete_customer(customer)

    read = await past.conversation(conversation, of=customer)

    (why,) = read.fetched
    assert (why.resource, why.id, why.origin, why.found) == (
        Resource.CUSTOMER_PROFILE,
        customer,
        Origin.GLADLY,
        False,
    )


async def test_a_conversation_that_is_not_on_the_list_is_asked_for_once(
    shop: Shop, past: PastEntities, household: Household
) -> None:
    customer, conversations = await household(LISTED_AT_MOST + 1)

    for _ in ("created", "closed"):
        for conversation in conversations:
            assert await enrich(past, conversation, customer) == (conversation, "Ann")

    requests = await asked(shop)
    assert requests[:2] == [profile(customer), listing(customer)]
    (left_out,) = requests[2:]
    assert left_out.removeprefix("/conversations/") in conversations


async def test_a_conversation_that_came_to_somebody_else_is_found(
    shop: Shop, past: PastEntities, household: Household
) -> None:
    customer, _ = await household()
    other, (conversation,) = await household(1, "Bea")

    assert await enrich(past, conversation, customer) == (conversation, "Bea")
    assert (await asked(shop))[2:] == [f"/conversations/{conversation}", profile(other)]


async def test_only_a_conversation_that_gladly_itself_does_not_know_is_gone(
    shop: Shop, past: PastEntities, household: Household
) -> None:
    customer, _ = await household()
    vanished = ConversationId("vanished")

    read = await past.conversation(vanished, of=customer)

    assert read.value is GONE
    assert read.fetched == (
        Fetched(resource=Resource.CONVERSATION, id=vanished, origin=Origin.GLADLY, age_s=0.0, found=False),
    )
    assert (await asked(shop))[2:] == ["/conversations/vanished"]


async def test_a_conversation_whose_customer_is_not_known_is_asked_for_each_time(
    shop: Shop, past: PastEntities, household: Household
) -> None:
    _, (conversation,) = await household()

    for _ in range(2):
        assert isinstance((await past.conversation(conversation)).value, Conversation)

    assert await asked(shop) == [f"/conversations/{conversation}"] * 2


@pytest.mark.parametrize("status", [404, 301])
async def test_a_customer_who_goes_between_two_requests_has_no_list(
    shop: Shop, past: PastEntities, household: Household, status: int
) -> None:
    customer, (conversation,) = await household()
    errors = [{"attr": "customerId", "code": "moved", "meta": {"old": customer, "new": "u-2"}}]
    body = json.dumps({"errors": errors})
    await shop.misbehave(kind="status", status=status, path_prefix="/api/v1/customers/", body=body)

    assert await enrich(past, conversation, customer) == (conversation, "Ann")
    assert (await asked(shop))[2:] == [f"/conversations/{conversation}"]


async def test_one_conversation_that_cannot_be_read_does_not_hide_the_others(
    shop: Shop, past: PastEntities, household: Household
) -> None:
    customer, (good, bad) = await household(2)
    listed = [{"id": bad, "customerId": customer}, {"id": good, "customerId": customer, "createdAt": "then"}, 5, None]
    await shop.misbehave(kind="status", status=200, path_prefix=f"/api/v1{listing(customer)}", body=json.dumps(listed))

    assert await enrich(past, good, customer) == (good, "Ann")
    assert await enrich(past, bad, customer) == (bad, "Ann")
    assert (await asked(shop))[2:] == [f"/conversations/{bad}"]


async def test_trouble_is_told_and_not_remembered(shop: Shop, past: PastEntities, household: Household) -> None:
    customer, (conversation,) = await household()
    await shop.misbehave(kind="status", status=503, path_prefix="/api/v1/customers/", times=1)

    with pytest.raises(CallFailedError):
        await past.conversation(conversation, of=customer)

    assert await enrich(past, conversation, customer) == (conversation, "Ann")
    assert (await asked(shop)).count(profile(customer)) == 1


async def test_it_tells_how_old_it_is_and_reads_anew_after_ten_minutes(
    shop: Shop, past: PastEntities, household: Household, clock: ManualClock
) -> None:
    customer, (conversation,) = await household()

    told: list[tuple[Fetched, ...]] = []
    for _ in range(3):
        told += [(await past.conversation(conversation, of=customer)).fetched, (await past.customer(customer)).fetched]
        clock.advance(KEEP_S / 2)

    read = Fetched(resource=Resource.CONVERSATION, id=conversation, origin=Origin.GLADLY, age_s=0.0)
    later = Fetched(resource=Resource.CONVERSATION, id=conversation, origin=Origin.MEMORY, age_s=KEEP_S / 2)
    assert told[0::2] == [(read,), (later,), (read,)]
    assert [(each.resource, each.age_s) for (each,) in told[1::2]] == [
        (Resource.CUSTOMER_PROFILE, age_s) for age_s in (0.0, KEEP_S / 2, 0.0)
    ]
    assert await asked(shop) == [profile(customer), listing(customer)] * 2


@pytest.mark.parametrize("everybody", [False, True])
@pytest.mark.parametrize("told_to_live", [False, True])
async def test_a_customer_is_forgotten_when_told_here_or_to_the_directory_of_what_is_live(
    shop: Shop, past: PastEntities, directory: Directory, household: Household, everybody: bool, told_to_live: bool
) -> None:
    customer, (conversation,) = await household()
    await enrich(past, conversation, customer)
    await shop.change_customer(customer, {"name": "Anna"})
    told = directory if told_to_live else past

    if everybody:
        told.forget_customers()
    else:
        told.forget(customer)

    assert await enrich(past, conversation, customer) == (conversation, "Anna")
    assert await asked(shop) == [profile(customer), listing(customer)] * 2


async def test_what_is_remembered_is_bounded(shop: Shop, past: PastEntities, household: Household) -> None:
    customer, (conversation,) = await household()
    await enrich(past, conversation, customer)

    await asyncio.gather(*(past.customer(CustomerId(f"nobody-{number}")) for number in range(400)))
    await enrich(past, conversation, customer)

    assert (await asked(shop)).count(profile(customer)) == 2


async def test_agents_and_topics_are_those_of_the_directory(
    shop: Shop, past: PastEntities, directory: Directory
) -> None:
    agent, topic = AgentId(await shop.add_agent("Bo Berg")), TopicId(await shop.add_topic("Returns"))
    await directory.agents(agent)

    assert (await past.agents(agent)).value[agent].name == "Bo Berg"
    assert (await past.topics(topic)).value[topic].name == "Returns"
    assert await asked(shop) == ["/agents", "/topics"]
