"""The entities port on Gladly's API: lists and customers remembered, merges followed, no call made twice at once."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec

from gladly_segment.core.entities import Agent, Conversation, Topic
from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.ids import AgentId, ConversationId, CustomerId, TopicId
from gladly_segment.gladly.client import CustomerReading, GladlyClient, Moved
from gladly_segment.gladly.memo import Memo
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.entities import CustomerAnswer, Gone

_CUSTOMERS_KEPT: Final = 20_000
_CUSTOMER_KEEP_S: Final = 300.0
_LIST_KEEP_S: Final = 3600.0
_LIST_FRESH_S: Final = 60.0
_LONGEST_MERGE_CHAIN: Final = 20

IdT = TypeVar("IdT", bound=str)
IdT_co = TypeVar("IdT_co", bound=str, covariant=True)


class Directory:
    """One organization's entities. Customers are remembered for five minutes, lists for an hour."""

    def __init__(self, client: GladlyClient, clock: Clock) -> None:
        self._client = client
        self._customers: Memo[CustomerId, CustomerReading] = Memo(clock, keep_s=_CUSTOMER_KEEP_S, most=_CUSTOMERS_KEPT)
        self._agents: _Listed[AgentId, Agent] = _Listed(client.agents, clock)
        self._topics: _Listed[TopicId, Topic] = _Listed(client.topics, clock)

    async def conversation(self, conversation: ConversationId) -> Conversation | Gone:
        """See the port. Never remembered: its agent and topics change from event to event."""
        return await self._client.conversation(conversation)

    async def customer(self, customer: CustomerId) -> CustomerAnswer:
        """See the port. A chain of merges that leads in a circle is a malformed answer."""
        for _ in range(_LONGEST_MERGE_CHAIN):
            reading = await self._read(customer)
            if not isinstance(reading, Moved):
                return reading
            customer = reading.to
        raise CallFailedError(Failure(FailureKind.MALFORMED, "the customer's merges do not come to an end"))

    async def agents(self, wanted: AgentId) -> Mapping[AgentId, Agent]:
        """See the port."""
        return await self._agents.get(wanted)

    async def topics(self, wanted: TopicId) -> Mapping[TopicId, Topic]:
        """See the port."""
        return await self._topics.get(wanted)

    def forget(self, customer: CustomerId) -> None:
        """See the port."""
        self._customers.drop(customer)

    def forget_customers(self) -> None:
        """Drop what is remembered of all customers. Does not block."""
        self._customers.drop_all()

    async def _read(self, customer: CustomerId) -> CustomerReading:
        reading = await self._customers.get(customer, lambda: self._client.customer_profile(customer))
        if isinstance(reading, Gone):
            # An answer 404 ends an event for good: it is never given from memory.
            self._customers.drop(customer)
        return reading


class _Identified(Protocol[IdT_co]):
    @property
    def id(self) -> IdT_co: ...


ItemT = TypeVar("ItemT", bound=_Identified[Any])


class _Reading(msgspec.Struct, Generic[IdT, ItemT], frozen=True):
    items: Mapping[IdT, ItemT]
    at: float


class _Listed(Generic[IdT, ItemT]):
    """A list remembered as a whole; somebody new on it is found after a minute at the latest."""

    def __init__(self, read: Callable[[], Coroutine[Any, Any, Sequence[ItemT]]], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._memo: Memo[None, _Reading[IdT, ItemT]] = Memo(clock, keep_s=_LIST_KEEP_S, most=1)

    async def get(self, wanted: IdT) -> Mapping[IdT, ItemT]:
        reading = await self._memo.get(None, self._fetch)
        if wanted not in reading.items and self._clock.monotonic() - reading.at >= _LIST_FRESH_S:
            self._memo.drop(None)
            reading = await self._memo.get(None, self._fetch)
        return reading.items

    async def _fetch(self) -> _Reading[IdT, ItemT]:
        at = self._clock.monotonic()
        return _Reading({item.id: item for item in await self._read()}, at)
