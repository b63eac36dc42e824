"""From where the entities of a track event came, and how old they were."""

from enum import StrEnum

import msgspec


class Resource(StrEnum):
    """What is read of Gladly for an event."""

    CONVERSATION = "conversation"
    CUSTOMER_PROFILE = "customer_profile"
    AGENTS = "agents"
    TOPICS = "topics"


class Origin(StrEnum):
    """What answered."""

    GLADLY = "gladly"
    """A call made for this event, or one under way for another that it waited for."""
    MEMORY = "memory"
    """What had been read before and was still good."""


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """One entity as it was used. `id` is empty for a list; `age_s`: since Gladly answered; `found` is False for a 404.

    A customer who was merged into another is one, and so is the other.
    """

    resource: Resource
    id: str = ""
    origin: Origin
    age_s: float
    found: bool = True
