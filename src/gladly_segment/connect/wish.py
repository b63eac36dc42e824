"""What somebody wants connected, and how each step towards it ended."""

from enum import StrEnum
from typing import Final

import msgspec

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import GladlyAccess, SegmentAccess
from gladly_segment.mapping.registry import MAPPINGS, PROFILE_CHANGES

WEBHOOK_NAME: Final = "gladly-segment"
WEBHOOK_USERNAME: Final = "gladly-segment"
EVENTS: Final = frozenset(MAPPINGS) | PROFILE_CHANGES
"""What a webhook must ask for; it may ask for more."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """One organization, its two vendors, and the address that webhooks are to come to."""

    organization: OrganizationId
    gladly: GladlyAccess
    segment: SegmentAccess
    address: str


class Step(StrEnum):
    """The steps, in their order: what can fail without leaving a trace comes first."""

    GLADLY = "gladly"
    WRITE_KEY = "write_key"
    TEST_EVENT = "test_event"
    SERVICE = "service"
    DECLARATION = "declaration"
    WEBHOOK = "webhook"
    PING = "ping"


class Outcome(StrEnum):
    """How a step ended, if it did not fail."""

    OK = "ok"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"


class Told(msgspec.Struct, frozen=True):
    """A step that is done, in one sentence without secrets."""

    step: Step
    outcome: Outcome
    detail: str
