"""Which Gladly event leads to which track event, and what must be known for it. A new type is one line here."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec

from gladly_segment.core.ids import MessageId
from gladly_segment.core.lifecycle import ParkCause
from gladly_segment.core.occurrence import EventKind
from gladly_segment.mapping.conversation import (
    CLOSED_EVENT,
    CREATED_EVENT,
    Facts,
    map_closed,
    map_created,
)
from gladly_segment.mapping.track import Mapped

MapFunction: TypeAlias = Callable[[Facts, MessageId], Mapped | ParkCause]


class EventMapping(msgspec.Struct, frozen=True):
    """How one Gladly event type is mapped."""

    event_type: str
    kind: EventKind
    track_event: str
    map: MapFunction


MAPPINGS: Final[Mapping[str, EventMapping]] = {
    mapping.event_type: mapping
    for mapping in (
        EventMapping("CONVERSATION/CREATED", EventKind.CREATED, CREATED_EVENT, map_created),
        EventMapping("CONVERSATION/CLOSED", EventKind.CLOSED, CLOSED_EVENT, map_closed),
    )
}

PROFILE_CHANGES: Final = frozenset(
    {"CUSTOMER/MERGED", "CUSTOMER_PROFILE/CREATED", "CUSTOMER_PROFILE/UPDATED", "CUSTOMER_PROFILE/DELETED"}
)
"""Events after which a remembered customer profile is out of date (Gladly fact sheet, webhooks)."""

PING: Final = "PING"
"""Sent when a webhook is enabled or its url changes; needs a 200 and is no event (Gladly fact sheet, webhooks)."""
