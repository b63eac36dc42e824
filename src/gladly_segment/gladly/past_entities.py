"""The entities port for the past: read customer by customer, in two requests for each however much happened."""

from collections.abc import Mapping
from typing import Final

from gladly_segment.core.entities import Agent, Conversation, Topic
from gladly_segment.core.ids import AgentId, ConversationId, CustomerId, TopicId
from gladly_segment.core.provenance import Resource
from gladly_segment.gladly.client import GladlyClient
from gladly_segment.gladly.directory import Directory
from gladly_segment.gladly.memo import Given, Memo
from gladly_segment.gladly.profiles import Profiles
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.entities import GONE, ConversationAnswer, CustomerAnswer, Gone, Read

_KEEP_S: Final = 600.0
_HOUSEHOLDS_KEPT: Final = 400
_OTHERS_KEPT: Final = 400


class PastEntities:
    """One organization's entities for events of long ago, up to ten minutes old.

    What is not a customer's own comes from the directory of what is live, and what that one forgets is forgotten here.
    """

    def __init__(self, client: GladlyClient, directory: Directory, clock: Clock) -> None:
        self._client = client
        self._directory = directory
        self._clock = clock
        self._profiles = Profiles(client, clock, keep_s=_KEEP_S, most=_HOUSEHOLDS_KEPT, keep_gone=True)
        self._households: Memo[CustomerId, _Household] = Memo(clock, keep_s=_KEEP_S, most=_HOUSEHOLDS_KEPT)
        directory.forget_also(self)

    async def conversation(
        self, conversation: ConversationId, *, of: CustomerId | None = None
    ) -> Read[ConversationAnswer]:
        """See the port. Of a customer who was deleted every conversation is gone, which needs no call of its own."""
        if of is None:
            given = Given(await self._client.conversation(conversation))
            return Read(given.value, (given.fetched(Resource.CONVERSATION, conversation),))
        customer = await self._profiles.get(of)
        if isinstance(customer.value, Gone):
            return Read(GONE, customer.fetched)
        given = await self._of(customer.value.id, conversation)
        return Read(given.value, (given.fetched(Resource.CONVERSATION, conversation),))

    async def customer(self, customer: CustomerId) -> Read[CustomerAnswer]:
        """See the port."""
        return await self._profiles.get(customer)

    async def agents(self, wanted: AgentId) -> Read[Mapping[AgentId, Agent]]:
        """See the port."""
        return await self._directory.agents(wanted)

    async def topics(self, wanted: TopicId) -> Read[Mapping[TopicId, Topic]]:
        """See the port."""
        return await self._directory.topics(wanted)

    def forget(self, customer: CustomerId) -> None:
        """See the port."""
        self._profiles.drop(customer)
        self._households.drop(customer)

    def forget_customers(self) -> None:
        """Drop what is remembered of all customers. Does not block."""
        self._profiles.drop_all()
        self._households.drop_all()

    async def _of(self, customer: CustomerId, conversation: ConversationId) -> Given[ConversationAnswer]:
        household = await self._households.get(customer, lambda: self._read(customer))
        if (listed := household.value.listed.get(conversation)) is not None:
            return Given(listed, household.age_s, household.remembered)
        # The list may have been cut (`Gladly-Limited-Data`), or the conversation may have come to somebody else.
        return await household.value.others.get(conversation, lambda: self._client.conversation(conversation))

    async def _read(self, customer: CustomerId) -> "_Household":
        listed = await self._client.conversations_of(customer)
        return _Household({each.id: each for each in listed}, self._clock)


class _Household:
    """A customer's conversations: those on its list, and others that were asked for by themselves."""

    __slots__ = ("listed", "others")

    def __init__(self, listed: Mapping[ConversationId, Conversation], clock: Clock) -> None:
        self.listed = listed
        self.others: Memo[ConversationId, ConversationAnswer] = Memo(clock, keep_s=_KEEP_S, most=_OTHERS_KEPT)
