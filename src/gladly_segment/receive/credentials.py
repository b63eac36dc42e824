"""Who may deliver webhooks: Basic credentials and/or static headers, compared in constant time."""

import base64
from collections.abc import Sequence

from multidict import CIMultiDictProxy

from gladly_segment.core.credentials import SaltedDigest, WebhookCredentials, salted


class Verifier:
    """Checks requests of one organization. Only digests are kept, and every comparison is always made."""

    def __init__(self, credentials: WebhookCredentials) -> None:
        self._credentials = credentials

    def admits(self, headers: CIMultiDictProxy[str]) -> bool:
        """Tell whether a request with these headers comes from Gladly; without any credential set nobody does."""
        wanted = self._credentials
        checks = [_matches(_only(headers, name), accepted) for name, accepted in wanted.headers.items()]
        if wanted.logins:
            checks.append(_matches(_basic_login(_only(headers, "Authorization")), wanted.logins))
        return bool(checks) and all(checks)


def _only(headers: CIMultiDictProxy[str], name: str) -> str:
    """Give a header's value. Of several, a proxy before us may have checked another one: they are none."""
    values = headers.getall(name, ())
    return values[0] if len(values) == 1 else ""


def _matches(given: str, accepted: Sequence[SaltedDigest]) -> bool:
    # All are compared before any counts: stopping at the first match would tell which one it was.
    return sum(each.matches(given) for each in accepted) > 0


def _basic_login(header: str) -> str:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        login = base64.b64decode(encoded.strip(), validate=True)
        # One login has one encoding: others, with padding too much for example, are somebody's experiment.
        return login.decode() if base64.b64encode(login).decode() == encoded.strip() else ""
    except ValueError:  # not ASCII, not base64, not UTF-8
        return ""


NOBODY = Verifier(WebhookCredentials(logins=(salted("unknown organization", b"no secret"),)))
"""Stands in for an organization that does not exist, so that the answer takes as long."""
