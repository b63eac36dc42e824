"""Where each setting's value came from, and which files hold secrets."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

import msgspec

from gladly_segment.config.declarations import ANY_ORGANIZATION, Declaration, Key, declarations, toml_text
from gladly_segment.config.environment import variable_of
from gladly_segment.config.load import settings_file, settings_stamp
from gladly_segment.config.settings import Settings
from gladly_segment.core.secret import MASK

DEFAULT: Final = "default"

_ORGANIZATIONS: Final = "organizations"
_HEADER: Final = "[]"
"""Stands for a table's own line."""

_BY_FILE: Final = "_file"
_TABLE: Final = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]")
_SETTING: Final = re.compile(r"\s*([A-Za-z0-9_.\"'-]+)\s*=")

_Lines: TypeAlias = Mapping[Key, str]
"""Each key that a file sets, and where: `file:line`."""


class Sourced(msgspec.Struct, frozen=True):
    """A setting with its value, masked where it is a secret, and its origin: `file:line`, a variable, or `default`."""

    key: str
    value: str
    origin: str


def sourced(settings: Settings, file: Path | None) -> Sequence[Sourced]:
    """List all settings with their values in the order of their declaration; `file` as for `load_settings`."""
    lines: dict[Key, str] = {}
    for path, inside in _documents(file):
        lines |= _lines(path, inside)
    return [
        Sourced(".".join(key), _shown(declaration, _value(settings, key)), _origin(key, lines))
        for declaration in declarations().values()
        for key in _expanded(declaration, settings)
    ]


def files_with_secrets(settings: Settings, file: Path | None) -> Sequence[Path]:
    """Name the files that secrets are read from: settings files with secrets in them, and those of `NAME_file`."""
    secret = {declaration.key for declaration in declarations().values() if declaration.is_secret}
    found = [Path(path).expanduser() for path in _named_by_variables(settings)]
    for path, inside in _documents(file):
        content = _read(path)
        lines = _lines(path, inside)
        if any(_above(key) & secret for key in map(_general, lines)):
            found.append(path)
        found += [Path(each).expanduser() for each in _named_files(content, inside, secret)]
    return found


def _documents(file: Path | None) -> Iterator[tuple[Path, Key]]:
    main = settings_file(file)
    for name, _, _ in settings_stamp(file):
        path = Path(name)
        yield path, () if path == main else (_ORGANIZATIONS, path.stem)


def _read(path: Path) -> Mapping[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _lines(path: Path, inside: Key) -> _Lines:
    """Find where settings stand; those that are written in an unusual way are found with their table, or not at all."""
    found, table = dict[Key, str](), inside
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if header := _TABLE.match(line):
            table = (*inside, *_parts(header[1]))
            found[(*table, _HEADER)] = f"{path}:{number}"
        elif setting := _SETTING.match(line):
            found[(*table, *_parts(setting[1]))] = f"{path}:{number}"
    return found


def _parts(dotted: str) -> Key:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _origin(key: Key, lines: _Lines) -> str:
    variables = {name.upper() for name in os.environ}
    for candidate in (key, _with_file(key), *(key[:length] for length in range(len(key) - 1, 0, -1))):
        if (variable := variable_of(candidate)) in variables:
            return variable
    for candidate in (key, _with_file(key), (*key, _HEADER), *(key[:length] for length in range(len(key) - 1, 0, -1))):
        if candidate in lines:
            return lines[candidate]
    return DEFAULT


def _with_file(key: Key) -> Key:
    return (*key[:-1], f"{key[-1]}{_BY_FILE}")


def _expanded(declaration: Declaration, settings: Settings) -> Iterator[Key]:
    if declaration.key == (_ORGANIZATIONS,):
        return
    if ANY_ORGANIZATION not in declaration.key:
        yield declaration.key
        return
    for name in settings.organizations:
        yield tuple(name if part == ANY_ORGANIZATION else part for part in declaration.key)


def _value(settings: Settings, key: Key) -> object:
    value: Any = settings
    for part in key:
        value = cast("Mapping[str, Any]", value)[part] if isinstance(value, Mapping) else getattr(value, part)
    return value


def _shown(declaration: Declaration, value: object) -> str:
    if value is None:
        return "none"
    return (MASK if value else "none") if declaration.is_secret else toml_text(value)


def _general(key: Key) -> Key:
    return (key[0], ANY_ORGANIZATION, *key[2:]) if key[0] == _ORGANIZATIONS and len(key) > 1 else key


def _above(key: Key) -> set[Key]:
    return {key[:length] for length in range(1, len(key) + 1)}


def _named_by_variables(settings: Settings) -> Iterator[str]:
    secret = [each for each in declarations().values() if each.is_secret]
    keys = [_with_file(key) for declaration in secret for key in _expanded(declaration, settings)]
    wanted = {variable_of(key) for key in keys}
    return (value for name, value in os.environ.items() if name.upper() in wanted)


def _named_files(content: Mapping[str, Any], inside: Key, secret: set[Key]) -> Iterator[str]:
    for name, value in content.items():
        key = (*inside, name)
        if isinstance(value, Mapping):
            yield from _named_files(cast("Mapping[str, Any]", value), key, secret)
        elif name.endswith(_BY_FILE) and _general((*inside, name.removesuffix(_BY_FILE))) in secret:
            yield str(value)
