"""Whether this machine's clock is right, as far as the vendors' clocks can tell."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from statistics import median_low
from typing import Final

from gladly_segment.doctor.catalogue import found
from gladly_segment.doctor.codes import Code
from gladly_segment.doctor.findings import Check, Finding, well
from gladly_segment.doctor.observations import Answer, OrganizationSeen, Reached, Seen

SKEWED_S: Final = 2.0
WRONG_S: Final = 30.0

_CUT: Final = timedelta(seconds=1)
"""A `Date` header tells whole seconds."""


def check_clock(organizations: Sequence[OrganizationSeen]) -> Iterator[Finding]:
    """Compare with the clocks that answered, those of each vendor together."""
    for vendor, answers in (
        ("Gladly", [each.gladly for each in organizations]),
        ("Segment", [each.segment for each in organizations]),
    ):
        skews = [skew for answer in answers if (skew := _skew_s(answer)) is not None]
        if skews:
            yield _compared(vendor, median_low(skews))


def _compared(vendor: str, skew_s: float) -> Finding:
    way = "behind" if skew_s > 0 else "before"
    what = f"this machine's clock is {abs(skew_s):.0f} s {way} that of {vendor}"
    if abs(skew_s) > WRONG_S:
        return found(Code.CLOCK_WRONG, what)
    if abs(skew_s) > SKEWED_S:
        return found(Code.CLOCK_SKEWED, what)
    return well(Check.CLOCK, f"this machine's clock agrees with that of {vendor}")


def _skew_s(answer: Seen[Answer]) -> float | None:
    """Give by how much the other clock is at least ahead of ours; it was read somewhere between asking and answer."""
    if not isinstance(answer, Reached) or answer.date is None:
        return None
    least = (answer.date - answer.answered_at).total_seconds()
    most = (answer.date + _CUT - answer.sent_at).total_seconds()
    return max(least, 0.0) or min(most, 0.0)
