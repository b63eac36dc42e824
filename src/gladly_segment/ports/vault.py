"""Secrets at rest."""

from collections.abc import Mapping
from typing import Protocol

from gladly_segment.core.secret import Secret


class Vault(Protocol):
    """Seals secrets so that only whoever has the key can open them. Neither method does I/O."""

    def seal(self, secrets: Mapping[str, Secret], *, context: str) -> bytes:
        """Seal named secrets for a context, such as an organization: under another they do not open."""
        ...

    def open(self, sealed: bytes, *, context: str) -> Mapping[str, Secret]:
        """Open what was sealed. Raises VaultError."""
        ...
