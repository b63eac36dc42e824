"""Retrying as a verdict: one pure decision that workers execute and never take again."""

from datetime import datetime, timedelta
from typing import Final, TypeAlias

import msgspec

from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.lifecycle import ParkCause

_RETRY_AFTER_CAP_S: Final = 300.0
_MALFORMED_ATTEMPTS: Final = 8

_AGED_OUT: Final = {
    FailureKind.UNREACHABLE: ParkCause.VENDOR_UNREACHABLE,
    FailureKind.THROTTLED: ParkCause.VENDOR_THROTTLED,
    FailureKind.UNAVAILABLE: ParkCause.VENDOR_UNAVAILABLE,
    FailureKind.MALFORMED: ParkCause.VENDOR_ANSWER_MALFORMED,
}

_OFFENDING: Final = {
    FailureKind.REFUSED: ParkCause.REQUEST_REFUSED,
    FailureKind.TOO_LARGE: ParkCause.REQUEST_TOO_LARGE,
    FailureKind.UNEXPECTED: ParkCause.UNEXPECTED_ERROR,
}


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How patient a stage is: backoff `base_s`·2ⁿ up to `cap_s` with jitter, until the event's age passes `max_age`.

    However old it is, it gets `least_attempts`: an event that grew old while its stage was held is not to blame.
    """

    base_s: float = 0.5
    cap_s: float = 60.0
    max_age: timedelta
    least_attempts: int = 8
    hold_s: float = 30.0
    hold_cap_s: float = 600.0


class RetryAt(msgspec.Struct, frozen=True, tag=True):
    """Try again at a moment; `counted` says whether the attempt counts towards the backoff."""

    at: datetime
    counted: bool


class SplitBatch(msgspec.Struct, frozen=True, tag=True):
    """The batch was refused as a whole: send its halves, so that only the offending event suffers."""


class Park(msgspec.Struct, frozen=True, tag=True):
    """Set the event aside as a dead letter with a cause."""

    cause: ParkCause


class Stop(msgspec.Struct, frozen=True, tag=True):
    """Nothing of this organization can pass this stage before somebody mends it: hold the stage, keep everything."""

    until: datetime


Verdict: TypeAlias = RetryAt | SplitBatch | Park | Stop


def decide(
    failure: Failure,
    *,
    attempt: int,
    age: timedelta,
    batch_size: int,
    now: datetime,
    draw: float,
    policy: RetryPolicy,
) -> Verdict:
    """Decide what becomes of an event after a failed call (Segment fact sheet, retry; Gladly fact sheet, access).

    `attempt` counts the attempts that failed before this one, `draw` is uniform in [0, 1) and makes the jitter.
    """
    match failure.kind:
        case FailureKind.UNAUTHORIZED | FailureKind.MISDIRECTED:
            return Stop(now + timedelta(seconds=backoff_s(attempt, draw, policy.hold_s, policy.hold_cap_s)))
        case FailureKind.REFUSED | FailureKind.TOO_LARGE | FailureKind.UNEXPECTED:
            return SplitBatch() if batch_size > 1 else Park(_OFFENDING[failure.kind])
        case FailureKind.MALFORMED if attempt + 1 >= _MALFORMED_ATTEMPTS:
            return Park(ParkCause.VENDOR_ANSWER_MALFORMED)
        case _ if age > policy.max_age and attempt + 1 >= policy.least_attempts:
            return Park(_AGED_OUT[failure.kind])
        # A wish for no wait at all (also a date that has passed by our clock) must not become a hot loop.
        case _ if failure.retry_after_s:
            wait_s = min(failure.retry_after_s, _RETRY_AFTER_CAP_S)
            return RetryAt(now + timedelta(seconds=wait_s), counted=False)
        case _:
            return RetryAt(now + timedelta(seconds=backoff_s(attempt, draw, policy.base_s, policy.cap_s)), counted=True)


def backoff_s(attempt: int, draw: float, base_s: float, cap_s: float) -> float:
    """Wait between half and all of `base_s`·2^`attempt`, at most `cap_s`, so that the many do not return at once."""
    full_s = min(cap_s, base_s * 2.0 ** min(attempt, 32))
    return full_s * (0.5 + draw / 2)
