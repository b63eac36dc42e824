"""What every stage that takes receipts from the journal does alike: claim, settle, retry, hold."""

from gladly_segment.workers.desk import Desk
from gladly_segment.workers.hands import Hands
from gladly_segment.workers.hold import Hold

__all__ = ["Desk", "Hands", "Hold"]
