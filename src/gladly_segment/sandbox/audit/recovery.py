"""What the service was to find by itself, whether or not a webhook told of it."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from gladly_segment.sandbox.audit.books import Occurrence


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """Occurrences from `start` on and before `end` were to be recovered; where there is none, all before or after.

    `began_at` is when that began: of what had gone by then nothing may be stored. `integrations` are those that the
    recovered events were to be sent with.
    """

    start: datetime | None = None
    end: datetime | None = None
    began_at: datetime | None = None
    integrations: Mapping[str, object] = {}

    def covers(self, occurrence: Occurrence) -> bool:
        """Whether the occurrence is one of them."""
        return (self.start is None or self.start <= occurrence.at) and (self.end is None or occurrence.at < self.end)
