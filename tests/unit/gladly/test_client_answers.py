"""What Gladly answers, as entities, and every unwilling answer as a typed failure."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from gladly_segment.core.entities import Agent, Conversation, CustomerProfile, EmailAddress, PhoneNumber, Topic
from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.ids import AgentId, ConversationId, CustomerId
from gladly_segment.core.signals import GladlyCalled
from gladly_segment.gladly import GladlyClient
from gladly_segment.gladly.client import Moved
from gladly_segment.ports.entities import GONE
from tests.support.clock import START
from tests.support.observer import RecordingObserver
from tests.unit.gladly.conftest import SHOP, NewClient, Shop
from tests.unit.transport.servers import answer, scripted_server

CONVERSATION = ConversationId("c-1")
CUSTOMER = CustomerId("u-1")
CANARY = "canary-7d20"

LIST_FORM = json.dumps({"errors": [{"attr": "id", "code": "not_exist", "detail": "none"}]})
OBJECT_FORM = json.dumps({"errors": {"code": "not_exist", "detail": "none"}})


async def failure_of_conversation(client: GladlyClient) -> Failure:
    with pytest.raises(CallFailedError) as error:
        await client.conversation(CONVERSATION)
    return error.value.failure


async def test_a_conversation_is_read_with_all_that_is_set(shop: Shop, client: GladlyClient) -> None:
    customer = await shop.create_customer({"name": "Ann"})
    conversation = await shop.open(customer, "agent-1")
    topic = await shop.add_topic("Returns")
    await shop.change_topics(conversation, [topic], [])
    await shop.set_status(conversation, "CLOSED")

    read = await client.conversation(ConversationId(conversation))

    assert isinstance(read, Conversation)
    assert (read.id, read.customer_id, read.agent_id, read.topic_ids) == (conversation, customer, "agent-1", (topic,))
    assert read.created_at.endswith("Z")
    assert read.closed_at is not None


async def test_what_a_conversation_does_not_have_is_none(shop: Shop, client: GladlyClient) -> None:
    conversation = await shop.open(await shop.create_customer({}))

    read = await client.conversation(ConversationId(conversation))

    assert isinstance(read, Conversation)
    assert (read.agent_id, read.topic_ids, read.closed_at) == (None, None, None)


async def test_a_profile_is_read_and_its_attributes_are_passed_on_to_the_byte(shop: Shop, client: GladlyClient) -> None:
    attributes = '{"limit":12345678901234567890.10,"b":{"a":[1,null]},"größe":"\\u00fc"}'
    await shop.misbehave(
        kind="status",
        status=200,
        body=f'{{"id":"u-1","name":"Ann","emails":[{{"original":"A@b.example","normalized":"a@b.example"}}],'
        f'"phones":[{{"original":"1","regionCode":"GB","primary":true,"type":"MOBILE"}}],"customAttributes":{attributes},'
        f'"address":null,"unheardOf":{{"x":[1]}}}}',
    )

    read = await client.customer_profile(CUSTOMER)

    assert isinstance(read, CustomerProfile)
    assert (read.id, read.name) == ("u-1", "Ann")
    assert read.emails == (EmailAddress("A@b.example", "a@b.example"),)
    assert read.phones == (PhoneNumber("1", None, "GB", primary=True),)
    assert bytes(read.custom_attributes).decode() == attributes


@pytest.mark.parametrize("body", ['{"id":"u-1"}', '{"id":"u-1","name":null,"emails":null,"phones":null}'])
async def test_a_profile_may_lack_everything_but_its_id(shop: Shop, client: GladlyClient, body: str) -> None:
    await shop.misbehave(kind="status", status=200, body=body)

    read = await client.customer_profile(CUSTOMER)

    assert isinstance(read, CustomerProfile)
    assert (read.name, read.emails, read.phones, bytes(read.custom_attributes)) == (None, None, None, b"")


async def test_agents_and_topics_are_read_as_lists(shop: Shop, client: GladlyClient) -> None:
    agent = await shop.add_agent("Bo Berg")
    topic = await shop.add_topic("Returns")

    assert await client.agents() == (Agent(AgentId(agent), "Bo Berg"),)
    assert [(each.id, each.name) for each in await client.topics()] == [(topic, "Returns")]
    assert all(isinstance(each, Topic) for each in await client.topics())


async def test_what_gladly_does_not_know_is_gone(client: GladlyClient) -> None:
    assert await client.conversation(ConversationId("nothing")) is GONE
    assert await client.customer_profile(CustomerId("nobody")) is GONE


@pytest.mark.parametrize("body", [LIST_FORM, OBJECT_FORM], ids=["list", "object"])
async def test_a_404_is_understood_in_both_forms_everywhere(shop: Shop, client: GladlyClient, body: str) -> None:
    await shop.misbehave(kind="status", status=404, body=body)

    assert await client.conversation(CONVERSATION) is GONE
    assert await client.customer_profile(CUSTOMER) is GONE


@pytest.mark.parametrize("body", ["", "<html>Not here</html>", "{}", '{"errors":[]}', '{"error":"no route"}', "[]"])
async def test_a_404_that_is_not_gladlys_means_a_wrong_address_and_ends_no_event(
    shop: Shop, client: GladlyClient, body: str
) -> None:
    await shop.misbehave(kind="status", status=404, body=body)

    assert await failure_of_conversation(client) == Failure(
        FailureKind.MISDIRECTED, "answered 404 (Not Found)", 404, None
    )
    with pytest.raises(CallFailedError, match="answered 404"):
        await client.customer_profile(CUSTOMER)


async def test_a_list_that_does_not_exist_means_a_wrong_address(shop: Shop, client: GladlyClient) -> None:
    await shop.misbehave(kind="status", status=404, body=LIST_FORM)

    with pytest.raises(CallFailedError) as error:
        await client.agents()

    assert error.value.failure.kind is FailureKind.MISDIRECTED


async def test_a_merged_customer_says_where_it_went_one_step_at_a_time(shop: Shop, client: GladlyClient) -> None:
    first, second, third = [await shop.create_customer({}) for _ in range(3)]
    await shop.merge(first, second)
    await shop.merge(second, third)

    assert await client.customer_profile(CustomerId(first)) == Moved(CustomerId(second))
    assert await client.customer_profile(CustomerId(second)) == Moved(CustomerId(third))


@pytest.mark.parametrize(
    "body",
    [
        "",
        '{"errors":[]}',
        '{"errors":[{"code":"moved"}]}',
        '{"errors":[{"code":"moved","meta":{"old":"u-1"}}]}',
        '{"errors":[{"code":"other","meta":{"new":"u-2"}}]}',
    ],
)
async def test_a_redirect_that_names_no_customer_means_a_wrong_address(
    shop: Shop, client: GladlyClient, body: str
) -> None:
    await shop.misbehave(kind="status", status=301, body=body, headers={"Location": "/api/v1/agents"})

    with pytest.raises(CallFailedError) as error:
        await client.customer_profile(CUSTOMER)

    assert error.value.failure.kind is FailureKind.MISDIRECTED
    assert await shop.asked() == [("/customer-profiles/u-1", 301)]


MOVED = '{"errors":[{"code":"moved","meta":{"old":"u-1","new":"u-2"}}]}'


@pytest.mark.parametrize(("status", "kind"), [(302, FailureKind.MISDIRECTED), (500, FailureKind.UNAVAILABLE)])
async def test_only_a_301_tells_of_a_merge(shop: Shop, client: GladlyClient, status: int, kind: FailureKind) -> None:
    await shop.misbehave(kind="status", status=status, body=MOVED)

    with pytest.raises(CallFailedError) as error:
        await client.customer_profile(CUSTOMER)

    assert error.value.failure.kind is kind


async def test_a_301_that_is_no_text_means_a_wrong_address(new_client: NewClient) -> None:
    async with scripted_server() as server:
        server.answer = answer(301, MOVED.encode().replace(b"u-2", b"\xff"))

        with pytest.raises(CallFailedError) as error:
            await new_client(server.url).customer_profile(CUSTOMER)

    assert error.value.failure.kind is FailureKind.MISDIRECTED


KINDS = {
    FailureKind.UNAUTHORIZED: (401, 403),
    FailureKind.MISDIRECTED: (204, 301, 302, 307, 308, 405),
    FailureKind.UNAVAILABLE: (408, 425, 500, 501, 502, 503, 504, 520, 599),
    FailureKind.THROTTLED: (429,),
    FailureKind.REFUSED: (400, 402, 406, 409, 410, 413, 418, 422, 451, 499),
}


@pytest.mark.parametrize(("kind", "status"), [(kind, each) for kind, statuses in KINDS.items() for each in statuses])
async def test_every_other_status_is_a_typed_failure(
    shop: Shop, client: GladlyClient, kind: FailureKind, status: int
) -> None:
    await shop.misbehave(kind="status", status=status, body=f'{{"errors":[{{"detail":"{CANARY}"}}]}}')

    failure = await failure_of_conversation(client)

    assert (failure.kind, failure.status, failure.retry_after_s) == (kind, status, None)
    assert CANARY not in failure.detail


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), (format_datetime(START + timedelta(seconds=90), usegmt=True), 90.0)]
)
@pytest.mark.parametrize("status", [429, 503])
async def test_gladlys_wish_for_a_pause_is_passed_on(
    shop: Shop, client: GladlyClient, status: int, header: str, seconds: float
) -> None:
    await shop.misbehave(kind="status", status=status, headers={"Retry-After": header})

    assert (await failure_of_conversation(client)).retry_after_s == seconds


@pytest.mark.parametrize(
    "body",
    [
        "",
        f"not JSON: {CANARY}",
        '{"id":"c-1","customerId":',
        "null",
        "[]",
        '{"id":"c-1"}',
        '{"id":5,"customerId":"u-1","createdAt":"x"}',
        f'{{"id":"c-1","customerId":"u-1","createdAt":["{CANARY}"]}}',
        "[" * 100_000,
    ],
    ids=["empty", "text", "cut", "null", "list", "incomplete", "number", "wrong form", "deep"],
)
async def test_an_answer_that_is_no_conversation_is_malformed(shop: Shop, client: GladlyClient, body: str) -> None:
    await shop.misbehave(kind="status", status=200, body=body)

    failure = await failure_of_conversation(client)

    assert failure.kind is FailureKind.MALFORMED
    assert CANARY not in failure.detail


async def test_every_call_is_told_of_without_an_id(
    shop: Shop, client: GladlyClient, observer: RecordingObserver
) -> None:
    await client.agents()
    await client.conversation(ConversationId(CANARY))
    await shop.misbehave(kind="reset")
    await failure_of_conversation(client)

    told = observer.of(GladlyCalled)
    assert [(each.organization, each.resource, each.status) for each in told] == [
        (SHOP, "agents", 200),
        (SHOP, "conversations", 404),
        (SHOP, "conversations", 0),
    ]
    assert CANARY not in repr(told)


async def test_a_date_in_retry_after_counts_from_the_clocks_now(new_client: NewClient, shop: Shop) -> None:
    past = datetime(2020, 1, 1, tzinfo=UTC)
    await shop.misbehave(kind="status", status=503, headers={"Retry-After": format_datetime(past, usegmt=True)})

    assert (await failure_of_conversation(new_client(shop.url))).retry_after_s == 0.0
