"""What happened at an organization a while ago, in webhook form (Gladly fact sheet, recovering what was missed)."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Protocol


class PastEvents(Protocol):
    """The Events API: the last 24 hours, up to 15 s behind."""

    def read(self, start: datetime, end: datetime) -> AsyncGenerator[bytes]:
        """Give the conversations' and customers' events of [start, end) as JSON, ascending by time.

        Raises CallFailedError, also after some of them: what was given stands.
        """
        ...
