"""How fast a backfill is, and when it will be done, from what was seen of it."""

from collections.abc import Sequence

import msgspec


class Sample(msgspec.Struct, frozen=True):
    """How far it was at a moment of the monotonic clock: occurrences dealt with, and calls made."""

    at_s: float
    dealt_with: int
    calls: int


class Pace(msgspec.Struct, frozen=True):
    """`per_s`: occurrences a second; `eta_s`: what is left, at that rate; `share`: of the permitted calls (0 to 1).

    Each is None where nothing can be said.
    """

    per_s: float | None = None
    eta_s: float | None = None
    share: float | None = None


def pace(samples: Sequence[Sample], left: int, permitted_per_s: float) -> Pace:
    """Reckon from samples, oldest first, between the first and the last of them."""
    if len(samples) <= 1 or (seconds := samples[-1].at_s - samples[0].at_s) <= 0:
        return Pace()
    per_s = (samples[-1].dealt_with - samples[0].dealt_with) / seconds
    calls_per_s = (samples[-1].calls - samples[0].calls) / seconds
    return Pace(
        per_s=per_s,
        eta_s=left / per_s if per_s > 0 else None,
        share=min(1.0, calls_per_s / permitted_per_s) if permitted_per_s > 0 else None,
    )
