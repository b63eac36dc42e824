"""Where track events go."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from gladly_segment.core.failures import Failure


class Accepted(msgspec.Struct, frozen=True):
    """The destination took the whole batch. `seconds`: from sending it to having read the answer."""

    status: int
    seconds: float


class Destination(Protocol):
    """One organization's destination. Knows nothing of retrying: one call is one attempt."""

    async def send(self, payloads: Sequence[bytes], *, attempt: int) -> Accepted | Failure:
        """Send track events, in order, as one batch within Segment's limits.

        `attempt` is 0 the first time. Does not raise: every trouble is a Failure. When cancelled, the batch may have
        been accepted all the same.
        """
        ...
