"""What of a customer's data may leave, and in what form: an organization's own rules."""

import hashlib
import hmac
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from gladly_segment.core.secret import Secret

HASH_PREFIX: Final = "hmac-sha256:"
"""What a keyed hash begins with, so that nobody takes it for the value."""


class Treatment(StrEnum):
    """What becomes of a value before a track event is stored or sent."""

    ALLOW = "allow"
    DENY = "deny"
    """Left out."""
    HASH = "hash"
    """Replaced by a keyed hash: the same for the same value, telling nothing to whoever lacks the key."""


class PrivacyPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Treatments by the name of a property and of a custom attribute; what is not named is treated as `..._default`.

    Without rules an event is the reference's. Raises ValueError when anything is hashed and there is no `hash_key`.
    """

    properties: Mapping[str, Treatment] = {}
    custom_attributes: Mapping[str, Treatment] = {}
    custom_attributes_default: Treatment = Treatment.ALLOW
    hash_key: Secret | None = None

    def __post_init__(self) -> None:
        """Refuse what could only be carried out by sending the value itself."""
        treatments = {*self.properties.values(), *self.custom_attributes.values(), self.custom_attributes_default}
        if Treatment.HASH in treatments and self.hash_key is None:
            raise ValueError("something is to be hashed, and there is no hash_key")

    def of_property(self, name: str) -> Treatment:
        """Tell how a property is treated."""
        return self.properties.get(name, Treatment.ALLOW)

    def of_attribute(self, name: str) -> Treatment:
        """Tell how a custom attribute is treated, by its top-level name."""
        return self.custom_attributes.get(name, self.custom_attributes_default)

    @property
    def touches_attributes(self) -> bool:
        """Tell whether any custom attribute could be treated otherwise than allowed."""
        return {*self.custom_attributes.values(), self.custom_attributes_default} != {Treatment.ALLOW}


def keyed_hash(key: Secret, name: str, value: object) -> str:
    """Hash a JSON value under its name: HMAC-SHA256 over the canonical JSON of `[name, value]`, in hex.

    Canonical is: keys sorted, nothing between tokens, UTF-8.
    """
    message = msgspec.json.encode((name, value), order="sorted")
    return HASH_PREFIX + hmac.new(key.reveal().encode(), message, hashlib.sha256).hexdigest()
