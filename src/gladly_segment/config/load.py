"""Reading the settings: the file, the environment over it, and one sentence for what is wrong."""

import os
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from gladly_segment.config.environment import ENV_PREFIX, FILE_VARIABLE, NESTED
from gladly_segment.config.explain import explain, nearest
from gladly_segment.config.settings import Settings
from gladly_segment.core.errors import SettingsError

DEFAULT_FILE: Final = Path("gladly-segment.toml")


def load_settings(file: Path | None = None) -> Settings:
    """Read the settings from a file and the environment, which wins.

    The file is the one given, else the one named by GLADLY_SEGMENT_CONFIG, else gladly-segment.toml here, else none.
    Raises SettingsError about the first thing that is wrong.
    """
    path = _file(file)
    content: Mapping[str, Any] = {} if path is None else _read(path)
    _refuse_unknown_variables(Settings.model_fields)
    try:
        return Settings(**content)
    except ValidationError as error:
        raise explain(error) from None


def _file(file: Path | None) -> Path | None:
    if file is not None:
        return file
    named = os.environ.get(FILE_VARIABLE)
    if named:
        return Path(named)
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


def _read(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"the settings file {path} cannot be read: {error.strerror}",
            hint="name another with --config, or set everything in the environment",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"the settings file {path} is not TOML: {error}") from None


def _refuse_unknown_variables(known: Collection[str]) -> None:
    for variable in os.environ:
        name = variable.removeprefix(ENV_PREFIX).partition(NESTED)[0].lower()
        if variable.startswith(ENV_PREFIX) and variable != FILE_VARIABLE and name not in known:
            raise SettingsError(f"the environment variable {variable} names no setting{nearest(name, known)}")
