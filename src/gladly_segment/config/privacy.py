"""What of an organization's customers may leave, as it is set."""

import difflib
from collections import Counter
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from gladly_segment.config.secret_files import read_secret_files
from gladly_segment.core.privacy import PrivacyPolicy, Treatment
from gladly_segment.core.secret import Secret
from gladly_segment.mapping.privacy import ALWAYS_SENT, CUSTOM_ATTRIBUTES, TREATABLE

HASH_KEY: Final = "hash_key"

_LEAST_KEY_CHARACTERS: Final = 16
_MAKE_A_KEY: Final = "make one with: openssl rand -hex 32"


def _some(value: object) -> object:
    return [value] if isinstance(value, str) else value


_Names = Annotated[tuple[str, ...], BeforeValidator(_some)]


class PrivacySettings(BaseModel):
    """What is left out of an organization's events, and what is only sent as a keyed hash; by default neither."""

    model_config = ConfigDict(extra="forbid")

    deny: _Names = Field(default=(), description="Properties that are left out.", examples=[["phone"]])
    hash: _Names = Field(
        default=(), description="Properties of which only a keyed hash is sent.", examples=[["email", "phone"]]
    )
    deny_attributes: _Names = Field(
        default=(), description="Custom attributes that are left out, by name.", examples=[["birthday"]]
    )
    hash_attributes: _Names = Field(
        default=(), description="Custom attributes of which only a keyed hash is sent.", examples=[["loyaltyId"]]
    )
    allow_only_attributes: _Names | None = Field(
        default=None,
        description="The only custom attributes that are sent, beside those that are hashed; none with an empty list.",
        examples=[["tier", "locale"]],
    )
    hash_key: SecretStr | None = Field(
        default=None,
        description="Key of the hashes, at least 16 characters; another key gives other hashes.",
        examples=["... of openssl rand -hex 32"],
    )

    @model_validator(mode="before")
    @classmethod
    def _read_files(cls, values: object) -> object:
        return read_secret_files(values, (HASH_KEY,), ())

    @model_validator(mode="after")
    def _fits_together(self) -> "PrivacySettings":
        for setting, names in (("deny", self.deny), ("hash", self.hash)):
            for name in names:
                _require_treatable(setting, name)
        _require_once("property", self.deny, self.hash)
        _require_once("custom attribute", self.deny_attributes, self.hash_attributes, self.allow_only_attributes or ())
        if self.deny_attributes and self.allow_only_attributes is not None:
            raise ValueError("allow_only_attributes leaves all others out by itself; remove deny_attributes")
        self._require_key()
        return self

    def _require_key(self) -> None:
        if self.hash_key is None:
            if self.hash or self.hash_attributes:
                raise ValueError(f"what is hashed needs a hash_key or hash_key_file; {_MAKE_A_KEY}")
        elif len(self.hash_key.get_secret_value().strip()) < _LEAST_KEY_CHARACTERS:
            raise ValueError(f"hash_key has less than {_LEAST_KEY_CHARACTERS} characters; {_MAKE_A_KEY}")

    def policy(self) -> PrivacyPolicy:
        """Give the rules that events are made to follow."""
        only = self.allow_only_attributes
        return PrivacyPolicy(
            properties=dict.fromkeys(self.deny, Treatment.DENY) | dict.fromkeys(self.hash, Treatment.HASH),
            custom_attributes=dict.fromkeys(self.deny_attributes, Treatment.DENY)
            | dict.fromkeys(self.hash_attributes, Treatment.HASH)
            | dict.fromkeys(only or (), Treatment.ALLOW),
            custom_attributes_default=Treatment.ALLOW if only is None else Treatment.DENY,
            hash_key=None if self.hash_key is None else Secret(self.hash_key.get_secret_value()),
        )


def _require_treatable(setting: str, name: str) -> None:
    if name in ALWAYS_SENT:
        raise ValueError(f"{setting} names {name}, which every event needs as it is; remove it")
    if name == CUSTOM_ATTRIBUTES:
        raise ValueError(
            f"{setting} names {name}, which are treated one by one; use deny_attributes, hash_attributes or "
            "allow_only_attributes"
        )
    if name not in TREATABLE:
        alike = difflib.get_close_matches(name, TREATABLE, n=1, cutoff=0.0)
        raise ValueError(f"{setting} names {name}, which is no property of an event; did you mean {alike[0]}?")


def _require_once(what: str, *lists: tuple[str, ...]) -> None:
    for name, times in Counter(name for names in lists for name in set(names)).items():
        if times > 1:
            raise ValueError(f"the {what} {name} is treated in two ways; keep one of them")
