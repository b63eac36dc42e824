"""What can happen to a conversation that a track event tells of."""

from enum import StrEnum
from typing import Final


class EventKind(StrEnum):
    """A kind of occurrence, as people name it in settings and commands."""

    CREATED = "created"
    CLOSED = "closed"


ALL_KINDS: Final = frozenset(EventKind)
