"""Key-encryption keys: 256 bits each, named by a digest that tells nothing of them."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Iterator
from typing import Final, NewType, final

import msgspec

from gladly_segment.core.errors import VaultError
from gladly_segment.core.secret import Secret

KeyId = NewType("KeyId", str)
"""16 hexadecimal digits."""

KEY_BYTES: Final = 32
KEY_ID_BYTES: Final = 8

_KEY_ID_OF: Final = b"gladly-segment key id"
_URL_TO_STANDARD: Final = str.maketrans("-_", "+/")


@final
class Key:
    """A key that shows as its id wherever it is printed, logged or formatted."""

    __slots__ = ("_material", "id")

    def __init__(self, material: bytes) -> None:
        if len(material) != KEY_BYTES:
            raise VaultError(f"a secrets key has {KEY_BYTES} bytes")
        self._material = material
        digest = hmac.digest(material, _KEY_ID_OF, hashlib.sha256)
        self.id = KeyId(digest[:KEY_ID_BYTES].hex())

    def reveal(self) -> bytes:
        """Give the key itself: to the cipher and nothing else."""
        return self._material

    def text(self) -> Secret:
        """Write it as it stands in a key file."""
        return Secret(base64.urlsafe_b64encode(self._material).decode())

    def __repr__(self) -> str:
        return f"key {self.id}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and hmac.compare_digest(self._material, other.reveal())

    def __hash__(self) -> int:
        return hash(self.id)


class Keyring(msgspec.Struct, frozen=True):
    """`current` seals; all of them open."""

    current: Key
    previous: tuple[Key, ...] = ()

    def __iter__(self) -> Iterator[Key]:
        yield self.current
        yield from self.previous

    def find(self, name: KeyId) -> Key | None:
        """Give the key of an id, if it is here."""
        return next((key for key in self if key.id == name), None)


def parse_key(text: Secret) -> Key:
    """Read a key from its base64, in either alphabet, padded or not. Raises VaultError, which quotes nothing of it."""
    digits = text.reveal().strip().rstrip("=").translate(_URL_TO_STANDARD)
    try:
        material = base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except (ValueError, binascii.Error):
        material = b""
    if len(material) != KEY_BYTES:
        raise VaultError(
            f"it is no secrets key, which is {KEY_BYTES} random bytes in base64",
            hint="openssl rand -base64 32 makes one",
        ) from None
    return Key(material)


def generate_key(draw: Callable[[int], bytes]) -> Key:
    """Make a key; `draw` gives so many unguessable bytes."""
    return Key(draw(KEY_BYTES))
