"""Who is signed in: sessions in memory, gone at the end of the process."""

import hashlib
import secrets
from typing import Final

import msgspec

from gladly_segment.ports.clock import Clock

LIFETIME_S: Final = 12 * 60 * 60
MOST: Final = 1_000

_BYTES: Final = 32


class Session(msgspec.Struct, frozen=True):
    """`key` is in the browser's cookie and nowhere else, `form_token` in every form of its pages."""

    key: str
    form_token: str


class _Kept(msgspec.Struct, frozen=True):
    form_token: str
    ends_at: float


class Sessions:
    """Kept under a digest of the key; above `MOST` the oldest ends."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[bytes, _Kept] = {}

    def open(self) -> Session:
        """Begin one."""
        session = Session(secrets.token_urlsafe(_BYTES), secrets.token_urlsafe(_BYTES))
        while len(self._kept) >= MOST:
            del self._kept[next(iter(self._kept))]
        self._kept[_digest(session.key)] = _Kept(session.form_token, self._clock.monotonic() + LIFETIME_S)
        return session

    def find(self, key: str) -> Session | None:
        """Give the one with this key, unless it has ended."""
        kept = self._kept.get(_digest(key))
        if kept is None:
            return None
        if kept.ends_at <= self._clock.monotonic():
            self.end(key)
            return None
        return Session(key, kept.form_token)

    def end(self, key: str) -> None:
        """End it; there may be none."""
        self._kept.pop(_digest(key), None)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
