"""Values that must not be seen where they do not belong, and the search for them in every form they could take."""

import base64
import gzip
import html
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import quote, quote_plus

import msgspec

from gladly_segment.sandbox.shop.customers import CustomerFields
from gladly_segment.vault import Key

BITS_OF_A_DIGIT = 6
GZIP_MAGIC = b"\x1f\x8b"


class Canary(msgspec.Struct, frozen=True):
    """A value that is found again wherever it went. It has signs that urls and pages write differently."""

    name: str
    value: bytes

    @property
    def text(self) -> str:
        return self.value.decode()

    def sings_in(self, content: bytes) -> bool:
        """Tell whether it is there, in whatever form."""
        plain = content.lower()
        return any(form.lower() in plain for form in _readable(self.value)) or any(
            form in content for form in _in_base64(self.value)
        )


def secret(name: str) -> Canary:
    return Canary(name, f"canary/{name}&1+x".encode())


TOKEN: Final = secret("gladly-token")
WRONG_TOKEN: Final = secret("refused-token")
WRITE_KEY: Final = secret("write-key")
OTHER_WRITE_KEY: Final = secret("other-write-key")
PASSWORD: Final = secret("webhook-password")
HEADER: Final = secret("webhook-header")
ADMIN_TOKEN: Final = secret("admin-token")
HASH_KEY: Final = secret("privacy-hash-key")
MIRROR_SECRET: Final = secret("mirror-secret")
COLLECTOR_TOKEN: Final = secret("collector-token")
KEY: Final = Canary("key of the vault", b"canary-key-of-the-vault-&1+x-32b")
VAULT_KEY: Final = Key(KEY.value)

SECRETS: Final = (
    TOKEN,
    WRONG_TOKEN,
    WRITE_KEY,
    OTHER_WRITE_KEY,
    PASSWORD,
    HEADER,
    ADMIN_TOKEN,
    HASH_KEY,
    MIRROR_SECRET,
    COLLECTOR_TOKEN,
    KEY,
)

PERSONAL: Final = (
    Canary("customer's name", b"Ann & Canary/Person"),
    Canary("e-mail address", b"canary+mail@person.example"),
    Canary("phone number", b"4155550199"),
    Canary("phone number as written", b"(415) 555-0199"),
    Canary("address", b"17 Canary Lane & Court"),
    Canary("custom attribute", b"canary/attribute&1+x"),
    Canary("agent's name", b"Bo & Canary/Agent"),
)

TREATED: Final = (
    Canary("hashed attribute", b"canary/loyalty&1+x"),
    Canary("denied attribute", b"canary/birthday&1+x"),
)
"""Personal data that the shop does not let out, whoever asks."""

EVERYTHING: Final = (*SECRETS, *PERSONAL, *TREATED)

PERSON: Final[CustomerFields] = {
    "name": "Ann & Canary/Person",
    "address": "17 Canary Lane & Court",
    "emails": [{"original": "Canary+Mail@Person.example", "normalized": "canary+mail@person.example"}],
    "phones": [{"original": "(415) 555-0199", "normalized": "+14155550199"}],
    "customAttributes": {
        "note": "canary/attribute&1+x",
        "loyalty": "canary/loyalty&1+x",
        "birthday": "canary/birthday&1+x",
    },
}
"""Whose data they are, as Gladly's API shows them."""

AGENT: Final = "Bo & Canary/Agent"


def found(canaries: Sequence[Canary], content: bytes | str) -> list[str]:
    """Name the canaries that are in some content."""
    searched = content.encode() if isinstance(content, str) else content
    if searched.startswith(GZIP_MAGIC):
        searched = gzip.decompress(searched)
    return [canary.name for canary in canaries if canary.sings_in(searched)]


def _readable(value: bytes) -> Iterator[bytes]:
    yield value
    yield quote(value, safe="").encode()
    yield quote(value).encode()
    yield quote_plus(value).encode()
    yield html.escape(value.decode()).encode()
    yield value.hex().encode()


def _in_base64(value: bytes) -> Iterator[bytes]:
    """Give what base64 makes of it wherever in the encoded text it begins, a login for example."""
    for before in range(3):
        digits = slice(-(-8 * before // BITS_OF_A_DIGIT), 8 * (before + len(value)) // BITS_OF_A_DIGIT)
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(bytes(before) + value)[digits]
