"""What the checker found."""

import math
from collections.abc import Mapping

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """One offence: whose (a Gladly event id, a messageId or a conversation id), and what it is."""

    id: str
    detail: str


class AuditReport(msgspec.Struct, frozen=True, kw_only=True):
    """The reckoning of a run. Every tuple of findings but `not_delivered` must be empty."""

    played: int
    """Occurrences at Gladly."""
    accepted: int
    """Occurrences that Segment stored."""
    suppressed: Mapping[str, int]
    """What the service says it suppressed, by reason."""
    expected_suppressed: int
    """Occurrences that are rightly not stored."""
    untold: int = 0
    """Occurrences that went before they could be recovered: suppressed, or never heard of."""
    deduplicated: int
    """Events that came to Segment again and that it recognised: no offence."""
    lost: tuple[Finding, ...] = ()
    doubled: tuple[Finding, ...] = ()
    out_of_order: tuple[Finding, ...] = ()
    unfaithful: tuple[Finding, ...] = ()
    dropped: tuple[Finding, ...] = ()
    unexplained: tuple[Finding, ...] = ()
    not_delivered: tuple[Finding, ...] = ()
    """Occurrences whose webhook was never acknowledged: nobody can be blamed for them by this reckoning."""
    latencies_ms: tuple[float, ...] = ()
    """From the start of the acknowledged delivery to Segment's receipt, ascending."""

    @property
    def ok(self) -> bool:
        """Nothing lost, doubled, out of order, unfaithful, dropped or unexplained."""
        return not (
            self.lost or self.doubled or self.out_of_order or self.unfaithful or self.dropped or self.unexplained
        )

    def latency_ms(self, share: float) -> float | None:
        """The latency that `share` (0 to 1) of the samples do not exceed; None without samples."""
        if not self.latencies_ms:
            return None
        rank = math.ceil(share * len(self.latencies_ms))
        return self.latencies_ms[max(rank, 1) - 1]
