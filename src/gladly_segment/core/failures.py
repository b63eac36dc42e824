"""Why a call to a vendor failed, in terms that a retry decision needs; vendor adapters do the sorting."""

from enum import StrEnum

import msgspec


class FailureKind(StrEnum):
    """What kind of trouble a call met."""

    UNREACHABLE = "unreachable"
    """No answer: name resolution, connection, TLS, reset or time-out."""
    THROTTLED = "throttled"
    """The vendor asked to slow down."""
    UNAVAILABLE = "unavailable"
    """The vendor answered that it cannot answer now."""
    MALFORMED = "malformed"
    """The answer is not what the vendor's description promises: cut, not JSON, a required field missing."""
    UNAUTHORIZED = "unauthorized"
    """The credentials were refused, or lack a permission."""
    MISDIRECTED = "misdirected"
    """The address is not that of the vendor's API: a redirect, or a resource or method that must exist does not."""
    REFUSED = "refused"
    """The vendor will not take this very request."""
    TOO_LARGE = "too_large"
    """The vendor finds this very request too large."""
    UNEXPECTED = "unexpected"
    """This software met an error that it did not expect."""


class Failure(msgspec.Struct, frozen=True):
    """One failed call. `detail` is free of secrets and personal data; `retry_after_s` is the vendor's own wish."""

    kind: FailureKind
    detail: str
    status: int | None = None
    retry_after_s: float | None = None
