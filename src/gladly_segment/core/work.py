"""One attempt of a stage at one receipt, while it lasts: what calls to vendors are attributed to."""

from datetime import datetime

import msgspec

from gladly_segment.core.ids import Lane, OrganizationId, ReceiptKey
from gladly_segment.core.lifecycle import Stage


class Work(msgspec.Struct, frozen=True):
    """An attempt. `entered_at`: when the receipt entered its state; `began`: when the stage claimed it.

    `attempts` failed in this state before.
    """

    organization: OrganizationId
    stage: Stage
    key: ReceiptKey
    lane: Lane
    event_type: str
    entered_at: datetime
    attempts: int
    began: datetime
