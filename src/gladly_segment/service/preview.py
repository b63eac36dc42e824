"""What would be made of events now, or by other rules: Gladly is read anew, and nothing is sent, settled or kept."""

from collections.abc import Mapping, Sequence
from typing import Final

from gladly_segment.core.entities import Agent, Topic
from gladly_segment.core.ids import AgentId, ConversationId, CustomerId, TopicId
from gladly_segment.core.lifecycle import State
from gladly_segment.core.organization import Organization
from gladly_segment.core.records import Entry, History, Receipt, Settlement
from gladly_segment.enrich.outcome import enrich, without_a_call
from gladly_segment.gladly.memo import Memo
from gladly_segment.mapping.intake import take_in
from gladly_segment.mapping.registry import MAPPINGS
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.entities import ConversationAnswer, CustomerAnswer, Entities, Read

CALLS_AT_MOST: Final = 3
"""So many requests an event costs: its conversation, its customer if no merge is followed, and the list of agents."""

_KEEP_S: Final = 300.0
_MOST: Final = 1_000


def has_preview(receipt: History) -> bool:
    """Tell whether a track event could be made of a receipt: it is of such a type, and its content is still kept."""
    return bool(receipt.body) and receipt.event_type in MAPPINGS


class Preview:
    """One organization's events as they would be made now, read behind all that waits for being sent.

    What was read is remembered as long as the preview is kept, for five minutes at most, and serves nobody else.
    """

    def __init__(self, entities: Entities, clock: Clock) -> None:
        self._entities = _Remembering(entities, clock)

    async def of(self, receipt: History, variants: Sequence[Organization]) -> Sequence[Settlement]:
        """Give what would become of a receipt if its organization were each of these, all from one reading of Gladly.

        Of a variant its rules count: which events it wants, and its privacy. The receipt is one that has a preview.
        Raises CallFailedError.
        """
        entry = _entry(receipt)
        return [await self._settlement(entry, each) for each in variants]

    async def conversation(self, conversation: ConversationId) -> Read[ConversationAnswer]:
        """Ask Gladly for a conversation, whether it was ever heard of here or not. Raises CallFailedError."""
        return await self._entities.conversation(conversation)

    async def _settlement(self, entry: Entry, variant: Organization) -> Settlement:
        settlement = without_a_call(entry, self._entities, variant.events)
        return settlement or await enrich(entry, self._entities, variant.privacy)


class _Remembering:
    """The entities port for one preview: conversations are remembered as well."""

    def __init__(self, entities: Entities, clock: Clock) -> None:
        self._entities = entities
        self._conversations: Memo[ConversationId, Read[ConversationAnswer]] = Memo(clock, keep_s=_KEEP_S, most=_MOST)

    async def conversation(
        self, conversation: ConversationId, *, of: CustomerId | None = None
    ) -> Read[ConversationAnswer]:
        given = await self._conversations.get(conversation, lambda: self._entities.conversation(conversation, of=of))
        return given.value

    async def customer(self, customer: CustomerId) -> Read[CustomerAnswer]:
        return await self._entities.customer(customer)

    async def agents(self, wanted: AgentId) -> Read[Mapping[AgentId, Agent]]:
        return await self._entities.agents(wanted)

    async def topics(self, wanted: TopicId) -> Read[Mapping[TopicId, Topic]]:
        return await self._entities.topics(wanted)

    def forget(self, customer: CustomerId) -> None:
        self._entities.forget(customer)


def _entry(receipt: History) -> Entry:
    taken = take_in(
        receipt.body, organization=receipt.organization, received_at=receipt.received_at, source=receipt.source
    )
    if not isinstance(taken, Receipt):
        raise TypeError("what was taken in once is taken in again")
    return Entry(
        seq=receipt.seq,
        organization=receipt.organization,
        key=taken.key,
        lane=receipt.lane,
        event_type=receipt.event_type,
        source=receipt.source,
        state=State.RECEIVED,
        entered_at=receipt.received_at,
        received_at=receipt.received_at,
        attempts=0,
        body=receipt.body,
        payload=b"",
        message_id=receipt.message_id,
    )
