"""What was given to `connect`, by flags, files and the environment, and what is missing."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from gladly_segment.config.organization import SECRETS
from gladly_segment.config.secret_files import read_secret_files
from gladly_segment.core.errors import InputError
from gladly_segment.core.secret import Secret

_TOKEN, _WRITE_KEY = SECRETS

VARIABLES: Final = {_TOKEN: "GLADLY_TOKEN", _WRITE_KEY: "SEGMENT_WRITE_KEY"}
"""Where secrets are read from when no file is named."""

_FLAGS: Final = {
    "gladly_user": "--gladly-user",
    _TOKEN: f"--gladly-token-file (or {VARIABLES[_TOKEN]} in the environment)",
    _WRITE_KEY: f"--segment-write-key-file (or {VARIABLES[_WRITE_KEY]} in the environment)",
    "segment_region": "--segment-region",
}


class Given(msgspec.Struct, frozen=True):
    """Settings of the organization by their keys: those that were given, over those that are known from before."""

    settings: Mapping[str, str | Secret]
    known: Mapping[str, Any] = {}

    @property
    def missing(self) -> Sequence[str]:
        """Name the flags of what is still missing."""
        return [flag for key, flag in _FLAGS.items() if not self.has(key)]

    def has(self, key: str) -> bool:
        """Tell whether a setting is there; a host of one's own needs no region."""
        there = self.settings.keys() | self.known.keys()
        return key in there or (key == "segment_region" and "segment_host" in there)

    def over(self, known: Mapping[str, Any]) -> "Given":
        """Put what was given over what is known."""
        return Given(self.settings, known)

    def but(self, **more: str | Secret) -> "Given":
        """Put other values in their place."""
        return Given({**self.settings, **more}, self.known)

    def all(self) -> Mapping[str, Any]:
        """Give the settings as `declare` takes them."""
        revealed = {key: value.reveal() if isinstance(value, Secret) else value for key, value in self.settings.items()}
        return {**self.known, **revealed}


def given(open_settings: Mapping[str, str | None], secret_files: Mapping[str, Path | None]) -> Given:
    """Collect what was given. Raises InputError about a file that cannot be read."""
    found: dict[str, str | Secret] = {key: value for key, value in open_settings.items() if value is not None}
    for key, file in secret_files.items():
        text = _read(key, file) if file is not None else os.environ.get(VARIABLES[key], "").strip()
        if text:
            found[key] = Secret(text)
    return Given(found)


def lacking(missing: Sequence[str]) -> InputError:
    """Name everything that is missing."""
    return InputError(f"to connect without asking, these are missing: {', '.join(missing)}")


def _read(key: str, file: Path) -> str:
    try:
        values = read_secret_files({f"{key}_file": file}, SECRETS, ())
    except ValueError as error:
        raise InputError(str(error)) from None
    return cast("Mapping[str, str]", values)[key]
