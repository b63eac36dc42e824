"""Where a service dies, and which promise it breaks."""

import os
import signal
from enum import StrEnum


class Doom(StrEnum):
    """Where the process dies, or which promise it breaks."""

    NONE = "none"
    BEFORE_APPEND = "before_append"
    AFTER_APPEND = "after_append"
    MID_CLAIM = "mid_claim"
    ACCEPTED_UNSETTLED = "accepted_unsettled"
    MID_CHECKPOINT = "mid_checkpoint"
    ACK_BEFORE_FSYNC = "ack_before_fsync"
    SETTLE_BEFORE_SEND = "settle_before_send"
    RANDOM_IDS = "random_ids"


BOUNDARIES = (
    Doom.BEFORE_APPEND,
    Doom.AFTER_APPEND,
    Doom.MID_CLAIM,
    Doom.ACCEPTED_UNSETTLED,
    Doom.MID_CHECKPOINT,
)
BROKEN = (Doom.ACK_BEFORE_FSYNC, Doom.SETTLE_BEFORE_SEND, Doom.RANDOM_IDS)
"""Services that break a promise: each must be caught."""


class Fuse:
    """Kills this process when it has burned down."""

    def __init__(self, doom: Doom, steps: int) -> None:
        self.doom = doom
        self._left = steps

    def burn(self, boundary: Doom) -> None:
        """One step towards the end, if this is the boundary to die at."""
        if boundary is self.doom:
            self._left -= 1
            if self._left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)
