"""What Gladly's API returns, as far as this project reads it (Gladly fact sheet, resources).

Unknown fields are ignored, and what may be absent may also be null.
"""

from typing import TypeAlias

import msgspec

from gladly_segment.core.ids import AgentId, ConversationId, CustomerId, TopicId

RawJson: TypeAlias = msgspec.Raw
"""A JSON value passed on as it came, so that no number or nesting of a customer's data is changed."""


class EmailAddress(msgspec.Struct, frozen=True):
    """One e-mail address of a customer profile."""

    original: str | None = None
    normalized: str | None = None
    primary: bool | None = None


class PhoneNumber(msgspec.Struct, frozen=True, rename="camel"):
    """One phone number of a customer profile; `normalized` is E.164, `region_code` defaults to US."""

    original: str | None = None
    normalized: str | None = None
    region_code: str | None = None
    primary: bool | None = None


class CustomerProfile(msgspec.Struct, frozen=True, rename="camel"):
    """`GET /customer-profiles/{id}`. `custom_attributes` is a JSON object, or absent."""

    id: CustomerId
    name: str | None = None
    emails: tuple[EmailAddress, ...] | None = None
    phones: tuple[PhoneNumber, ...] | None = None
    custom_attributes: RawJson = msgspec.field(default_factory=msgspec.Raw)


class Conversation(msgspec.Struct, frozen=True, rename="camel"):
    """`GET /conversations/{id}`. Times are RFC 3339 text; `topic_ids` is absent where there are none."""

    id: ConversationId
    customer_id: CustomerId
    created_at: str
    agent_id: AgentId | None = None
    topic_ids: tuple[TopicId, ...] | None = None
    closed_at: str | None = None


class Agent(msgspec.Struct, frozen=True):
    """One agent of `GET /agents`."""

    id: AgentId
    name: str | None = None


class Topic(msgspec.Struct, frozen=True):
    """One topic of `GET /topics`."""

    id: TopicId
    name: str | None = None
