"""What was given to `connect`, by flags, files and the environment, and what is missing."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, cast

from gladly_segment.config.organization import SECRETS
from gladly_segment.config.secret_files import read_secret_files
from gladly_segment.core.errors import InputError
from gladly_segment.core.secret import Secret
from gladly_segment.service.connecting.given import NEEDED, Given

_TOKEN, _WRITE_KEY = SECRETS

VARIABLES: Final = {_TOKEN: "GLADLY_TOKEN", _WRITE_KEY: "SEGMENT_WRITE_KEY"}
"""Where secrets are read from when no file is named."""


def missing(given: Given) -> Sequence[str]:
    """Name the flags of what is still missing."""
    return [_flag(key) for key in NEEDED if not given.has(key)]


def given(open_settings: Mapping[str, str | None], secret_files: Mapping[str, Path | None]) -> Given:
    """Collect what was given. Raises InputError about a file that cannot be read."""
    found: dict[str, str | Secret] = {key: value for key, value in open_settings.items() if value is not None}
    for key, file in secret_files.items():
        text = _read(key, file) if file is not None else os.environ.get(VARIABLES[key], "").strip()
        if text:
            found[key] = Secret(text)
    return Given(found)


def lacking(flags: Sequence[str]) -> InputError:
    """Name everything that is missing."""
    return InputError(f"to connect without asking, these are missing: {', '.join(flags)}")


def _flag(key: str) -> str:
    flag = f"--{key.replace('_', '-')}"
    return f"{flag}-file (or {VARIABLES[key]} in the environment)" if key in VARIABLES else flag


def _read(key: str, file: Path) -> str:
    try:
        values = read_secret_files({f"{key}_file": file}, SECRETS, ())
    except ValueError as error:
        raise InputError(str(error)) from None
    return cast("Mapping[str, str]", values)[key]
