"""What the history tells about itself."""

from typing import TypeAlias

from gladly_segment.core.signal import Signaled as _Signal


class HistoryFollowed(_Signal, frozen=True):
    """How many events the history has, and how many changes of the journal it is behind; told once a second at most."""

    events: int
    behind: int


class HistoryShed(_Signal, frozen=True):
    """The history fell so far behind that changes were given up: everything is read again."""


class HistoryRebuilt(_Signal, frozen=True):
    """Everything was read again."""

    events: int


class HistoryTrouble(_Signal, frozen=True):
    """The history could not be read or written; it is tried again. The journal and the stages do not need it."""

    detail: str


HistorySignal: TypeAlias = HistoryFollowed | HistoryShed | HistoryRebuilt | HistoryTrouble
