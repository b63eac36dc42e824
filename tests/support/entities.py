"""Gladly's entities in memory, remembering as the real directory does."""

import asyncio
from collections import deque
from collections.abc import Mapping

from gladly_segment.core.entities import Agent, Conversation, CustomerProfile, Topic
from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.failures import Failure
from gladly_segment.core.ids import AgentId, ConversationId, CustomerId, TopicId
from gladly_segment.core.moments import format_moment
from gladly_segment.core.provenance import Fetched, Origin, Resource
from gladly_segment.ports.entities import GONE, ConversationAnswer, CustomerAnswer, Gone, Read
from tests.support.clock import START


class ShopEntities:
    """The entities port on dictionaries. A customer once read is remembered until forgotten, whatever becomes of it.

    Each of `troubles` makes one call fail or raise; calls wait while `answering` is not set.
    """

    def __init__(self) -> None:
        self.conversations: dict[ConversationId, Conversation] = {}
        self.customers: dict[CustomerId, CustomerProfile] = {}
        self.merged: dict[CustomerId, CustomerId] = {}
        self.staff: dict[AgentId, Agent] = {}
        self.troubles: deque[Failure | Exception] = deque()
        self.answering = asyncio.Event()
        self.answering.set()
        self.in_flight = 0
        self.most_in_flight = 0
        self.reads: list[str] = []
        self._remembered: dict[CustomerId, CustomerAnswer] = {}
        self._asked = asyncio.Event()

    def play(self, conversation: str = "c-1", customer: str = "u-1", *, name: str = "Ann", agent: str = "") -> None:
        """Put a conversation and its customer there."""
        self.rename(customer, name)
        self.conversations[ConversationId(conversation)] = Conversation(
            id=ConversationId(conversation),
            customer_id=CustomerId(customer),
            created_at=format_moment(START),
            agent_id=AgentId(agent) if agent else None,
        )

    def rename(self, customer: str, name: str) -> None:
        """Give a customer's profile another name."""
        self.customers[CustomerId(customer)] = CustomerProfile(id=CustomerId(customer), name=name)

    async def asked(self, calls: int) -> None:
        """Wait until so many calls are under way."""
        async with asyncio.timeout(30):
            while self.in_flight < calls:
                self._asked.clear()
                await self._asked.wait()

    async def conversation(
        self, conversation: ConversationId, *, of: CustomerId | None = None
    ) -> Read[ConversationAnswer]:
        del of
        await self._read(f"conversation {conversation}")
        found = self.conversations.get(conversation, GONE)
        return Read(found, (fetched(Resource.CONVERSATION, conversation, found=found is not GONE),))

    async def customer(self, customer: CustomerId) -> Read[CustomerAnswer]:
        remembered = customer in self._remembered
        if not remembered:
            await self._read(f"customer {customer}")
            self._remembered[customer] = self.customers.get(self._survivor(customer), GONE)
        found = self._remembered[customer]
        resource = Resource.CUSTOMER_PROFILE
        return Read(found, (fetched(resource, customer, remembered=remembered, found=not isinstance(found, Gone)),))

    async def agents(self, wanted: AgentId) -> Read[Mapping[AgentId, Agent]]:
        await self._read(f"agents for {wanted}")
        return Read(self.staff, (fetched(Resource.AGENTS),))

    async def topics(self, wanted: TopicId) -> Read[Mapping[TopicId, Topic]]:
        await self._read(f"topics for {wanted}")
        return Read({}, (fetched(Resource.TOPICS),))

    def forget(self, customer: CustomerId) -> None:
        self._remembered.pop(customer, None)

    def _survivor(self, customer: CustomerId) -> CustomerId:
        while customer in self.merged:
            customer = self.merged[customer]
        return customer

    async def _read(self, what: str) -> None:
        self.reads.append(what)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        self._asked.set()
        try:
            await self.answering.wait()
        finally:
            self.in_flight -= 1
        if self.troubles:
            trouble = self.troubles.popleft()
            raise CallFailedError(trouble) if isinstance(trouble, Failure) else trouble


def fetched(resource: Resource, id_: str = "", *, remembered: bool = False, found: bool = True) -> Fetched:
    """What is recorded of an entity that was read just now, or, if remembered, no longer ago than that."""
    origin = Origin.MEMORY if remembered else Origin.GLADLY
    return Fetched(resource=resource, id=id_, origin=origin, age_s=0.0, found=found)
