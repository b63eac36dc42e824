"""The settings as a list: what error sentences and the reference page are written from."""

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import PurePath
from typing import Any, TypeAlias, cast, get_args

import msgspec
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from gladly_segment.config.settings import Settings

ANY_ORGANIZATION = "{organization}"

Key: TypeAlias = tuple[str, ...]


class Declaration(msgspec.Struct, frozen=True):
    """One setting; an organization's name in its key is written `{organization}`."""

    key: Key
    field: FieldInfo

    @property
    def is_secret(self) -> bool:
        """Tell whether values of this setting must never be shown."""
        return SecretStr in _types(self.field.annotation)

    @property
    def example(self) -> str:
        """Write the setting as it could stand in the file."""
        (example,) = self.field.examples or ("...",)
        return example if self.key == ("organizations",) else f"{self.key[-1]} = {toml_text(example)}"


def declarations() -> Mapping[Key, Declaration]:
    """List all settings in the order of their declaration."""
    return {declaration.key: declaration for declaration in _walk(Settings, ())}


def toml_text(value: object) -> str:
    """Write a value as TOML."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case Mapping():
            items = cast("Mapping[str, object]", value).items()
            return "{" + ", ".join(f"{name} = {toml_text(each)}" for name, each in items) + "}"
        case str() | PurePath() | IPv4Network() | IPv6Network():
            return msgspec.json.encode(str(value)).decode()
        case Iterable():
            return "[" + ", ".join(toml_text(each) for each in cast("Iterable[object]", value)) + "]"
        case _:
            return str(value)


def _walk(model: type[BaseModel], prefix: Key) -> Iterator[Declaration]:
    for name, field in model.model_fields.items():
        key = (*prefix, name)
        tables = [each for each in _types(field.annotation) if issubclass(each, BaseModel)]
        if not tables or name == "organizations":
            yield Declaration(key, field)
        for table in tables:
            yield from _walk(table, (*key, ANY_ORGANIZATION) if name == "organizations" else key)


def _types(annotation: Any) -> list[type]:
    found: list[type] = [annotation] if isinstance(annotation, type) and not get_args(annotation) else []
    for argument in get_args(annotation):
        found += _types(argument)
    return found
