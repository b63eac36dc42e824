"""The entities port on Gladly's API: lists and customers remembered, merges followed, no call made twice at once."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final, Generic, Protocol, TypeVar

from gladly_segment.core.entities import Agent, Topic
from gladly_segment.core.ids import AgentId, ConversationId, CustomerId, TopicId
from gladly_segment.core.provenance import Resource
from gladly_segment.gladly.client import GladlyClient
from gladly_segment.gladly.memo import Given, Memo
from gladly_segment.gladly.profiles import Profiles
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.entities import ConversationAnswer, CustomerAnswer, Read

_CUSTOMERS_KEPT: Final = 20_000
_CUSTOMER_KEEP_S: Final = 300.0
_LIST_KEEP_S: Final = 3600.0
_LIST_FRESH_S: Final = 60.0

IdT = TypeVar("IdT", bound=str)
IdT_co = TypeVar("IdT_co", bound=str, covariant=True)


class Directory:
    """One organization's entities. Customers are remembered for five minutes, lists for an hour."""

    def __init__(self, client: GladlyClient, clock: Clock) -> None:
        self._client = client
        self._profiles = Profiles(client, clock, keep_s=_CUSTOMER_KEEP_S, most=_CUSTOMERS_KEPT)
        self._others: list[Forgetful] = []
        self._agents: _Listed[AgentId, Agent] = _Listed(Resource.AGENTS, client.agents, clock)
        self._topics: _Listed[TopicId, Topic] = _Listed(Resource.TOPICS, client.topics, clock)

    async def conversation(
        self, conversation: ConversationId, *, of: CustomerId | None = None
    ) -> Read[ConversationAnswer]:
        """See the port. Never remembered: its agent and topics change from event to event."""
        del of
        given = Given(await self._client.conversation(conversation))
        return Read(given.value, (given.fetched(Resource.CONVERSATION, conversation),))

    async def customer(self, customer: CustomerId) -> Read[CustomerAnswer]:
        """See the port."""
        return await self._profiles.get(customer)

    async def agents(self, wanted: AgentId) -> Read[Mapping[AgentId, Agent]]:
        """See the port."""
        return await self._agents.get(wanted)

    async def topics(self, wanted: TopicId) -> Read[Mapping[TopicId, Topic]]:
        """See the port."""
        return await self._topics.get(wanted)

    def forget(self, customer: CustomerId) -> None:
        """See the port."""
        self._profiles.drop(customer)
        for other in self._others:
            other.forget(customer)

    def forget_customers(self) -> None:
        """Drop what is remembered of all customers. Does not block."""
        self._profiles.drop_all()
        for other in self._others:
            other.forget_customers()

    def forget_also(self, other: "Forgetful") -> None:
        """Have somebody else who remembers customers told of all that is forgotten here."""
        self._others.append(other)


class Forgetful(Protocol):
    """Remembers customers, and forgets them when told."""

    def forget(self, customer: CustomerId) -> None:
        """Drop what is remembered of a customer. Does not block."""
        ...

    def forget_customers(self) -> None:
        """Drop what is remembered of all customers. Does not block."""
        ...


class _Identified(Protocol[IdT_co]):
    @property
    def id(self) -> IdT_co: ...


ItemT = TypeVar("ItemT", bound=_Identified[Any])


class _Listed(Generic[IdT, ItemT]):
    """A list remembered as a whole; somebody new on it is found after a minute at the latest."""

    def __init__(
        self, resource: Resource, read: Callable[[], Coroutine[Any, Any, Sequence[ItemT]]], clock: Clock
    ) -> None:
        self._resource = resource
        self._read = read
        self._memo: Memo[None, Mapping[IdT, ItemT]] = Memo(clock, keep_s=_LIST_KEEP_S, most=1)

    async def get(self, wanted: IdT) -> Read[Mapping[IdT, ItemT]]:
        given = await self._memo.get(None, self._fetch)
        if wanted not in given.value and given.age_s >= _LIST_FRESH_S:
            self._memo.drop(None)
            given = await self._memo.get(None, self._fetch)
        return Read(given.value, (given.fetched(self._resource),))

    async def _fetch(self) -> Mapping[IdT, ItemT]:
        return {item.id: item for item in await self._read()}
