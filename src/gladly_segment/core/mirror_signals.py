"""What is told of what arrives behind Segment."""

from typing import TypeAlias

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.signal import Signaled as _Signal


class MirrorAnswered(_Signal, frozen=True):
    """A request to a mirror address was answered. `organization` is None where there is no such mirror."""

    organization: OrganizationId | None
    status: int


class MirrorTrouble(_Signal, frozen=True):
    """What arrived at a mirror could not be kept, or what is old not be forgotten; it is tried again."""

    detail: str


MirrorSignal: TypeAlias = MirrorAnswered | MirrorTrouble
