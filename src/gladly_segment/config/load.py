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
DIRECTORY_VARIABLE: Final = f"{ENV_PREFIX}ORGANIZATIONS_DIR"


def load_settings(file: Path | None = None) -> Settings:
    """Read the settings from a file and the environment, which wins.

    The file is the one given, else the one named by GLADLY_SEGMENT_CONFIG, else gladly-segment.toml here, else none.
    Raises SettingsError about the first thing that is wrong.
    """
    path = settings_file(file)
    content: Mapping[str, Any] = {} if path is None else _read(path)
    _refuse_unknown_variables(Settings.model_fields)
    content = _with_directory(content)
    try:
        return Settings(**content)
    except ValidationError as error:
        raise explain(error) from None


def settings_file(file: Path | None) -> Path | None:
    """Tell which settings file is read, if any."""
    if file is not None:
        return file
    named = os.environ.get(FILE_VARIABLE)
    if named:
        return Path(named)
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


def settings_stamp(file: Path | None) -> tuple[tuple[str, int, int], ...]:
    """Give what changes when a file that `load_settings` reads changes: their names, times and sizes."""
    path = settings_file(file)
    found = [path] if path is not None else []
    try:
        directory = _directory({} if path is None else _read(path))
        found += _organization_files(directory) if directory is not None else []
        return tuple((str(each), each.stat().st_mtime_ns, each.stat().st_size) for each in found)
    except (OSError, SettingsError):
        return ()


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


def _with_directory(content: Mapping[str, Any]) -> Mapping[str, Any]:
    directory = _directory(content)
    if directory is None:
        return content
    try:
        files = _organization_files(directory)
    except OSError as error:
        raise SettingsError(f"organizations_dir names {directory}, which cannot be read: {error.strerror}") from None
    tables = dict(content.get("organizations", {}))
    for file in files:
        if file.stem in tables:
            raise SettingsError(f"organizations.{file.stem} is set in the settings file, and in {file} as well")
        tables[file.stem] = _read(file)
    return {**content, "organizations": tables}


def _directory(content: Mapping[str, Any]) -> Path | None:
    named = os.environ.get(DIRECTORY_VARIABLE) or content.get("organizations_dir")
    return Path(named) if isinstance(named, str) else None


def _organization_files(directory: Path) -> list[Path]:
    return sorted(each for each in directory.iterdir() if each.suffix == ".toml")


def _refuse_unknown_variables(known: Collection[str]) -> None:
    for variable in os.environ:
        name = variable.removeprefix(ENV_PREFIX).partition(NESTED)[0].lower()
        if variable.startswith(ENV_PREFIX) and variable != FILE_VARIABLE and name not in known:
            raise SettingsError(f"the environment variable {variable} names no setting{nearest(name, known)}")
