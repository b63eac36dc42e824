"""Every error of the HTTP library, and the headers of an unwilling answer, as a `Failure`."""

from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

import aiohttp

from gladly_segment.core.failures import Failure, FailureKind

ForeignError = (aiohttp.ClientError, TimeoutError, OSError)
"""What a request with the HTTP library may raise."""

_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}


def failure_of(error: Exception) -> Failure:
    """Turn a foreign error into a failure; its text names the kind of trouble, never the address or the payload."""
    match error:
        case TimeoutError():
            return Failure(FailureKind.UNREACHABLE, "no answer in time")
        case aiohttp.ClientConnectorDNSError():
            return Failure(FailureKind.UNREACHABLE, "the host's name could not be resolved")
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
            return Failure(FailureKind.UNREACHABLE, "no secure connection could be made")
        case aiohttp.ClientConnectorError():
            return Failure(FailureKind.UNREACHABLE, "the host refused the connection or could not be reached")
        case aiohttp.ClientPayloadError():
            return Failure(FailureKind.UNREACHABLE, "the answer broke off")
        case aiohttp.InvalidURL():
            return Failure(FailureKind.MISDIRECTED, "the configured address is no url")
        case _:
            return Failure(FailureKind.UNREACHABLE, f"the connection failed ({type(error).__name__})")


def answered(kind: FailureKind, status: int, retry_after_s: float | None = None) -> Failure:
    """Describe an unwilling answer."""
    phrase = _PHRASES.get(status, "not a registered status")
    return Failure(kind, f"answered {status} ({phrase})", status, retry_after_s)


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """Read `Retry-After`: seconds, or an HTTP date. Anything else counts as not given."""
    if header is None:
        return None
    if header.strip().isascii() and header.strip().isdigit():
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
