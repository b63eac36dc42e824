"""Who may deliver webhooks: Basic credentials and/or static headers, compared in constant time."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence

import msgspec

from gladly_segment.core.secret import Secret


class WebhookCredentials(msgspec.Struct, frozen=True):
    """What Gladly sends along (Gladly fact sheet, webhooks). Several values are valid at once, for rotation.

    Where both Basic credentials and headers are set, a request needs both.
    """

    username: str | None
    passwords: Sequence[Secret]
    headers: Mapping[str, Sequence[Secret]]


class Verifier:
    """Checks requests of one organization. Only digests are kept, and every comparison is always made."""

    def __init__(self, credentials: WebhookCredentials) -> None:
        self._basic = [
            _digest(f"{credentials.username}:{password.reveal()}")
            for password in credentials.passwords
            if credentials.username is not None
        ]
        self._headers = {
            name: [_digest(value.reveal()) for value in values] for name, values in credentials.headers.items()
        }

    def admits(self, headers: Mapping[str, str]) -> bool:
        """Tell whether a request with these headers comes from Gladly; without any credential set nobody does."""
        checks = [_matches(headers.get(name, ""), accepted) for name, accepted in self._headers.items()]
        if self._basic:
            checks.append(_matches(_basic_login(headers.get("Authorization", "")), self._basic))
        return bool(checks) and all(checks)


def _matches(given: str, accepted: Sequence[bytes]) -> bool:
    digest = _digest(given)
    # All are compared before any counts: stopping at the first match would tell which one it was.
    return sum(hmac.compare_digest(digest, each) for each in accepted) > 0


def _basic_login(header: str) -> str:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode()
    except ValueError:  # not ASCII, not base64, not UTF-8
        return ""


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()


NOBODY = Verifier(WebhookCredentials(username="nobody", passwords=(Secret("unknown organization"),), headers={}))
"""Stands in for an organization that does not exist, so that the answer takes as long."""
