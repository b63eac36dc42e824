"""Settings as they are shown: from their declarations, with where each value came from."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args, get_origin

from gladly_segment.config import Settings, settings_stamp
from gladly_segment.config.declarations import ANY_ORGANIZATION, Declaration, Key, declarations, toml_text
from gladly_segment.config.organization import MIRROR_SECRET, SECRETS
from gladly_segment.config.origins import DEFAULT, Sourced, sourced
from gladly_segment.config.privacy import HASH_KEY
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Organization
from gladly_segment.debugger.settings.watched import NOT_SET, SET, Form, Setting

DECLARED: Final = "declared"
UNREADABLE: Final = "the settings file cannot be read just now"

_ORGANIZATIONS: Final = "organizations"
_WEBHOOK: Final = "webhook_"
_NONE: Final = "none"


def of_service(settings: Settings, file: Path | None) -> Iterator[Setting]:
    """Give the settings of the whole service."""
    origins = _origins(settings, file)
    for declaration in declarations().values():
        if declaration.key[0] != _ORGANIZATIONS:
            yield _setting(declaration, declaration.key, _value_at(settings, declaration.key), origins)


def of_file(name: OrganizationId, settings: Settings, file: Path | None) -> Iterator[Setting]:
    """Give the settings of an organization that is declared in the file or the environment."""
    origins = _origins(settings, file)
    for declaration in _of_organizations():
        key = (_ORGANIZATIONS, name, *declaration.key[2:])
        yield _setting(declaration, key, _value_at(settings, key), origins)


def of_registry(organization: Organization, document: Mapping[str, Any], settings: Settings) -> Iterator[Setting]:
    """Give the settings of an organization that was declared by command, from its open settings."""
    is_set: set[Key] = {(key,) for key in SECRETS}
    if organization.mirror is not None:
        is_set.add((MIRROR_SECRET,))
    if organization.privacy.hash_key is not None:
        is_set.add(("privacy", HASH_KEY))
    for declaration in _of_organizations():
        inside = declaration.key[2:]
        if inside[0].startswith(_WEBHOOK):
            continue
        key = (_ORGANIZATIONS, organization.name, *inside)
        value, origin = _declared_value(document, inside), DECLARED
        if declaration.is_secret:
            value, origin = (SET, DECLARED) if inside in is_set else (None, DEFAULT)
        elif value is None:
            value, origin = _fallback(declaration, settings)
        yield _setting(declaration, key, value, {".".join(key): origin})


def editable(key: str) -> Declaration | None:
    """Give the declaration of a setting that an organization declared by command may have, by its key within it."""
    found = declarations().get((_ORGANIZATIONS, ANY_ORGANIZATION, *key.split(".")))
    return None if found is None or key.startswith(_WEBHOOK) else found


def form_of(declaration: Declaration) -> Form:
    """Tell how a setting is typed."""
    if declaration.is_secret:
        return Form.SECRET
    types = list(_types(declaration.field.annotation))
    if any(each in types for each in (tuple, dict, list)):
        return Form.NAMES
    if Literal in types:
        return Form.CHOICE
    return Form.NUMBER if int in types or float in types else Form.TEXT


def typed_text(value: object) -> str:
    """Write a value as it stands in a field."""
    match value:
        case None:
            return ""
        case str():
            return value
        case list() | tuple():
            return ", ".join(str(each) for each in cast("Sequence[object]", value)) or "[]"
        case _:
            return toml_text(value)


def _setting(declaration: Declaration, key: Key, value: object, origins: Mapping[str, str]) -> Setting:
    default = _default(declaration)
    origin = origins.get(".".join(key), UNREADABLE)
    inside = key[2:] if key[0] == _ORGANIZATIONS else key
    secret, form = declaration.is_secret, form_of(declaration)
    shown = (SET if value else NOT_SET) if secret else _toml(value)
    return Setting(
        key=".".join(inside),
        value=shown,
        typed="" if secret or origin != DECLARED else typed_text(value),
        counts="" if secret else typed_text(value) or _NONE,
        default=NOT_SET if secret and not declaration.field.is_required() else _toml(default),
        origin=origin,
        meaning=(declaration.field.description or "").replace("`", ""),
        form=form,
        choices=tuple(str(each) for each in get_args(declaration.field.annotation)) if form is Form.CHOICE else (),
        is_required=declaration.field.is_required(),
        table=".".join(key[:-1]),
        line=declaration.example if secret or value is None else f"{key[-1]} = {toml_text(value)}",
    )


def _of_organizations() -> Iterator[Declaration]:
    return (each for each in declarations().values() if ANY_ORGANIZATION in each.key)


def _origins(settings: Settings, file: Path | None) -> Mapping[str, str]:
    if file is not None and not settings_stamp(file):
        return {}
    try:
        found: Sequence[Sourced] = sourced(settings, file)
    except (OSError, ValueError):
        return {}
    return {each.key: each.origin for each in found}


def _value_at(settings: Settings, key: Key) -> object:
    return reduce(_inside, key, cast("Any", settings))


def _inside(value: Any, part: str) -> Any:
    return cast("Mapping[str, Any]", value)[part] if isinstance(value, Mapping) else getattr(value, part)


def _declared_value(document: Mapping[str, Any], inside: Key) -> object:
    found: object = document
    for part in inside:
        found = cast("Mapping[str, object]", found).get(part) if isinstance(found, Mapping) else None
    return found


def _fallback(declaration: Declaration, settings: Settings) -> tuple[object, str]:
    """Give what counts where nothing is declared: the default, or the service's own setting of the same name."""
    default = _default(declaration)
    name = declaration.key[-1]
    if default is None and name in Settings.model_fields:
        return getattr(settings, name), f"the service's own {name}"
    return default, DEFAULT


def _default(declaration: Declaration) -> object:
    return None if declaration.field.is_required() else declaration.field.get_default(call_default_factory=True)


def _toml(value: object) -> str:
    return _NONE if value is None else toml_text(value)


def _types(annotation: object) -> Iterator[object]:
    yield get_origin(annotation) or annotation
    for each in get_args(annotation):
        yield from _types(each)
