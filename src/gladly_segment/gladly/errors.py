"""Gladly's unwilling answers as failures (Gladly fact sheet, access)."""

from typing import Final

from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.transport.failures import answered

_KINDS: Final = {
    401: FailureKind.UNAUTHORIZED,
    403: FailureKind.UNAUTHORIZED,
    404: FailureKind.MISDIRECTED,
    405: FailureKind.MISDIRECTED,
    408: FailureKind.UNAVAILABLE,
    425: FailureKind.UNAVAILABLE,
    429: FailureKind.THROTTLED,
}
_SERVER_ERROR: Final = 500
_CLIENT_ERROR: Final = 400


def unwilling(status: int, retry_after_s: float | None) -> Failure:
    """Sort a status other than 2xx. Where 404 means "gone", the caller has dealt with it before."""
    if status in _KINDS:
        kind = _KINDS[status]
    elif status >= _SERVER_ERROR:
        kind = FailureKind.UNAVAILABLE
    else:
        kind = FailureKind.REFUSED if status >= _CLIENT_ERROR else FailureKind.MISDIRECTED
    return answered(kind, status, retry_after_s)
