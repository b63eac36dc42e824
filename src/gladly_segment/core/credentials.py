"""What proves that a webhook comes from Gladly: only salted digests of it are kept."""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence

import msgspec

from gladly_segment.core.secret import Secret

SALT_BYTES = 16


class SaltedDigest(msgspec.Struct, frozen=True):
    """SHA-256 of a salt and a text. The texts are long random ones, which no dictionary holds."""

    salt: bytes
    digest: bytes

    def matches(self, text: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(self.digest, _digest(self.salt, text))


class WebhookCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """What Gladly sends along (Gladly fact sheet, webhooks). Several values are valid at once, for rotation.

    `logins` are digests of `username:password`. Where both logins and headers are set, a request needs both.
    """

    logins: tuple[SaltedDigest, ...] = ()
    headers: Mapping[str, tuple[SaltedDigest, ...]] = {}


def salted(text: str, salt: bytes) -> SaltedDigest:
    """Digest a text with a salt, which is drawn for it and for nothing else."""
    return SaltedDigest(salt, _digest(salt, text))


def webhook_credentials(
    *,
    username: str | None,
    passwords: Sequence[Secret],
    headers: Mapping[str, Sequence[Secret]],
    draw_salt: Callable[[], bytes],
) -> WebhookCredentials:
    """Keep of credentials only what verifying needs."""
    return WebhookCredentials(
        logins=tuple(
            salted(f"{username}:{password.reveal()}", draw_salt()) for password in passwords if username is not None
        ),
        headers={
            name: tuple(salted(value.reveal(), draw_salt()) for value in values) for name, values in headers.items()
        },
    )


def _digest(salt: bytes, text: str) -> bytes:
    return hashlib.sha256(salt + text.encode("utf-8", "surrogateescape")).digest()
