"""Gladly's entities as the enrich stage reads them."""

from collections.abc import Mapping
from typing import Generic, Protocol, TypeAlias, TypeVar

import msgspec

from gladly_segment.core.entities import Agent, Conversation, CustomerProfile, Topic
from gladly_segment.core.ids import AgentId, ConversationId, CustomerId, TopicId
from gladly_segment.core.provenance import Fetched

T_co = TypeVar("T_co", covariant=True)


class Gone(msgspec.Struct, frozen=True):
    """Gladly answers 404: deleted, or vanished in a merge, for good."""


GONE = Gone()

ConversationAnswer: TypeAlias = Conversation | Gone
CustomerAnswer: TypeAlias = CustomerProfile | Gone


class Read(msgspec.Struct, Generic[T_co], frozen=True):
    """What was read, and from where: of a merged customer also the way to the one who survived."""

    value: T_co
    fetched: tuple[Fetched, ...]


class Entities(Protocol):
    """One organization's entities, read through its quota. Every method raises CallFailedError."""

    async def conversation(
        self, conversation: ConversationId, *, of: CustomerId | None = None
    ) -> Read[ConversationAnswer]:
        """Read a conversation as it is now. `of` is the customer it belonged to, where that is known.

        Who reads the past reads by customer, and may remember; others need not care whose it was.
        """
        ...

    async def customer(self, customer: CustomerId) -> Read[CustomerAnswer]:
        """Give the profile that a customer id stands for today: merges are followed. May be remembered."""
        ...

    async def agents(self, wanted: AgentId) -> Read[Mapping[AgentId, Agent]]:
        """Give the agents. Remembered; read anew when `wanted` is not among them and the list is not fresh."""
        ...

    async def topics(self, wanted: TopicId) -> Read[Mapping[TopicId, Topic]]:
        """Give the topics, remembered in the same way."""
        ...

    def forget(self, customer: CustomerId) -> None:
        """Drop what is remembered of a customer whose profile changed. Does not block."""
        ...
