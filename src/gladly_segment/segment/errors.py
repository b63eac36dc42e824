"""Segment's unwilling answers as failures (Segment fact sheet, answers and retry)."""

from typing import Final

from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.transport.failures import answered

_KINDS: Final = {
    400: FailureKind.REFUSED,
    401: FailureKind.UNAUTHORIZED,
    403: FailureKind.UNAUTHORIZED,
    408: FailureKind.UNAVAILABLE,
    410: FailureKind.UNAVAILABLE,
    413: FailureKind.TOO_LARGE,
    422: FailureKind.REFUSED,
    429: FailureKind.THROTTLED,
    460: FailureKind.UNAVAILABLE,
    # Not to be retried: the host does not speak the Tracking API.
    501: FailureKind.MISDIRECTED,
    505: FailureKind.MISDIRECTED,
}
_SERVER_ERROR: Final = 500


def unwilling(status: int, retry_after_s: float | None) -> Failure:
    """Sort a status other than 2xx. A redirect is a failure: the host in the settings is not the right one."""
    if status in _KINDS:
        kind = _KINDS[status]
    else:
        kind = FailureKind.UNAVAILABLE if status >= _SERVER_ERROR else FailureKind.MISDIRECTED
    return answered(kind, status, retry_after_s)
