"""Gladly's entities over HTTP: one request a call."""

from collections.abc import Sequence
from typing import Final, TypeAlias, TypeVar

import msgspec

from gladly_segment.core.entities import Agent, Conversation, CustomerProfile, Topic
from gladly_segment.core.errors import CallFailedError
from gladly_segment.core.ids import ConversationId, CustomerId
from gladly_segment.gladly.errors import unwilling
from gladly_segment.gladly.requests import GladlyAnswer, GladlyRequests
from gladly_segment.gladly.wire import decode, moved_to
from gladly_segment.ports.entities import GONE, Gone

T = TypeVar("T")

_OK: Final = 200
_MOVED: Final = 301

_conversation: Final = msgspec.json.Decoder(Conversation)
_customer: Final = msgspec.json.Decoder(CustomerProfile)
_raws: Final = msgspec.json.Decoder(tuple[msgspec.Raw, ...])
_agents: Final = msgspec.json.Decoder(tuple[Agent, ...])
_topics: Final = msgspec.json.Decoder(tuple[Topic, ...])


class Moved(msgspec.Struct, frozen=True):
    """The customer was merged into another (Gladly fact sheet, customer profiles)."""

    to: CustomerId


CustomerReading: TypeAlias = CustomerProfile | Moved | Gone


class GladlyClient:
    """Reads one organization. Every method raises CallFailedError."""

    def __init__(self, requests: GladlyRequests) -> None:
        self._requests = requests

    async def conversation(self, conversation: ConversationId) -> Conversation | Gone:
        """`GET /conversations/{id}`."""
        answer = await self._requests.ask("GET", "conversations", conversation)
        return GONE if answer.says_gone else _decode(answer, _conversation)

    async def conversations_of(self, customer: CustomerId) -> Sequence[Conversation]:
        """`GET /customers/{id}/conversations`: up to 100 of them, none of a customer that is gone or was merged.

        Those that cannot be read are left out: asked for by itself, a conversation tells its own trouble.
        """
        answer = await self._requests.ask("GET", "customers", customer, "conversations")
        if answer.says_gone or (answer.status == _MOVED and moved_to(answer.body)):
            return ()
        return [each for raw in _decode(answer, _raws) if (each := _readable(raw)) is not None]

    async def customer_profile(self, customer: CustomerId) -> CustomerReading:
        """`GET /customer-profiles/{id}`, without following a merge."""
        answer = await self._requests.ask("GET", "customer-profiles", customer)
        if answer.says_gone:
            return GONE
        if answer.status == _MOVED and (survivor := moved_to(answer.body)):
            return Moved(survivor)
        return _decode(answer, _customer)

    async def agents(self) -> Sequence[Agent]:
        """`GET /agents`."""
        return _decode(await self._requests.ask("GET", "agents"), _agents)

    async def topics(self) -> Sequence[Topic]:
        """`GET /topics`."""
        return _decode(await self._requests.ask("GET", "topics"), _topics)


def _decode(answer: GladlyAnswer, decoder: msgspec.json.Decoder[T]) -> T:
    if answer.status != _OK:
        raise CallFailedError(unwilling(answer.status, answer.retry_after_s))
    return decode(answer.body, decoder)


def _readable(raw: msgspec.Raw) -> Conversation | None:
    try:
        return decode(bytes(raw), _conversation)
    except CallFailedError:
        return None
