"""What a write key is recognised by without being known."""

import hashlib
from typing import Final

from gladly_segment.core.secret import Secret

_WHAT: Final = b"gladly-segment write key\x00"


def fingerprint(write_key: Secret) -> str:
    """Digest a write key: 64 hexadecimal digits. Write keys are long random texts, which no dictionary holds."""
    return hashlib.sha256(_WHAT + write_key.reveal().encode("utf-8", "surrogateescape")).hexdigest()
