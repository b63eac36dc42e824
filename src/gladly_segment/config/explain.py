"""What is wrong with a setting, in one sentence: its key, what was found, and an example."""

import difflib
import re
from collections.abc import Collection, Sequence
from typing import Final

import msgspec
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from gladly_segment.config.declarations import ANY_ORGANIZATION, Declaration, Key, declarations
from gladly_segment.config.environment import variable_of
from gladly_segment.core.errors import SettingsError
from gladly_segment.core.secret import MASK

_ORGANIZATION_NAME: Final = "[key]"
_UNKNOWN: Final = "extra_forbidden"
_NO_TABLE: Final = "model_type"
_OWN_SENTENCE: Final = "Value error, "
_LOGIN: Final = re.compile(r'(?:(?<=//)[^/"]*|[^/"]*:[^/"]*)@')


def explain(error: ValidationError) -> SettingsError:
    """Say what is wrong first. Before a setting that is missing comes a misspelt one: they may be the same."""
    return _explain(error, ())


def explain_organization(name: str, error: ValidationError) -> SettingsError:
    """Say what is wrong first with one organization's settings."""
    return _explain(error, ("organizations", name))


def explain_each(name: str, error: ValidationError) -> Sequence[SettingsError]:
    """Say everything that is wrong with one organization's settings."""
    return [_explained(details, ("organizations", name)) for details in error.errors(include_url=False)]


def _explain(error: ValidationError, inside: Key) -> SettingsError:
    found = error.errors(include_url=False)
    return _explained(next((each for each in found if each["type"] == _UNKNOWN), found[0]), inside)


def _explained(details: ErrorDetails, inside: Key) -> SettingsError:
    key = (*inside, *(str(part) for part in details["loc"] if not isinstance(part, int)))
    if _ORGANIZATION_NAME in key:
        return no_organization_name(key[1])
    declaration = _declaration(key)
    if details["type"] == _UNKNOWN:
        return SettingsError(f"the setting {_dotted(key)} is unknown{nearest(key[-1], _beside(key))}", key=key)
    if details["type"] == _NO_TABLE:
        return SettingsError(f"the setting {_dotted(key)} is no table; for example [{_dotted(key)}]", key=key)
    if declaration is None:
        return SettingsError(f"{_dotted(key)}: {details['msg'].removeprefix(_OWN_SENTENCE)}", key=key)
    return SettingsError(
        f"the setting {_dotted(key)} is {_found(details, declaration)}; for example {declaration.example}",
        hint=f"set it in the file, or with the environment variable {variable_of(key)}",
        key=key,
    )


def no_organization_name(name: str) -> SettingsError:
    """Say how organizations are named."""
    return SettingsError(
        f"organizations.{name} is no organization's name: it is the subdomain of its Gladly address, in small "
        "letters, digits and hyphens; for example [organizations.acme]",
        key=("organizations", name),
    )


def nearest(name: str, known: Collection[str]) -> str:
    """Ask for the known name that looks most like one that is not."""
    alike = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {alike[0]}?" if alike else ""


def _found(details: ErrorDetails, declaration: Declaration) -> str:
    if details["type"] == "missing":
        return "missing"
    is_secret = declaration.is_secret or declaration.key == ("organizations",)
    found = MASK if is_secret else msgspec.json.encode(details["input"], enc_hook=str).decode()
    return f"{_LOGIN.sub(f'{MASK}@', found)}, which cannot be: {details['msg'].removeprefix(_OWN_SENTENCE).lower()}"


def _declaration(key: Key) -> Declaration | None:
    known = declarations()
    # What a tuple or a table holds is explained by the setting it belongs to.
    candidates = (_general(key[:length]) for length in range(len(key), 0, -1))
    return next((known[each] for each in candidates if each in known and _is_leaf(each, key)), None)


def _is_leaf(general: Key, key: Key) -> bool:
    return general != ("organizations",) or len(key) == 1


def _general(key: Key) -> Key:
    return (key[0], ANY_ORGANIZATION, *key[2:]) if key[0] == "organizations" and len(key) > 1 else key


def _beside(key: Key) -> Collection[str]:
    parent = _general(key)[:-1]
    names = {each[len(parent)] for each in declarations() if each[: len(parent)] == parent and len(each) > len(parent)}
    return names - {ANY_ORGANIZATION}


def _dotted(key: Key) -> str:
    return ".".join(key) or "settings"
