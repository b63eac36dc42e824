"""Settings from the environment: `GLADLY_SEGMENT_` and the key, with `__` between a table and what is in it."""

from collections.abc import Mapping
from typing import Any, Final, cast

from pydantic.fields import FieldInfo
from pydantic_settings import EnvSettingsSource
from typing_extensions import override

ENV_PREFIX: Final = "GLADLY_SEGMENT_"
NESTED: Final = "__"
FILE_VARIABLE: Final = "GLADLY_SEGMENT_CONFIG"

_ORGANIZATIONS: Final = "organizations"


class Environment(EnvSettingsSource):
    """Values are texts; lists and tables are written as JSON."""

    @override
    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """Decode lists and tables only: a token of digits, or one that begins with a bracket, is a text."""
        if not isinstance(value, str) or not value.lstrip().startswith(("[", "{")):
            return value
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value

    @override
    def __call__(self) -> dict[str, Any]:
        """Read the environment. Variable names know no hyphen, subdomains no underscore: one stands for the other."""
        values = super().__call__()
        organizations = values.get(_ORGANIZATIONS)
        if isinstance(organizations, Mapping):
            named = cast("Mapping[str, Any]", organizations)
            values[_ORGANIZATIONS] = {name.replace("_", "-"): value for name, value in named.items()}
        return values


def variable_of(key: tuple[str, ...]) -> str:
    """Name the environment variable of a setting."""
    parts = [
        part.replace("-", "_") if place == 1 and key[0] == _ORGANIZATIONS else part for place, part in enumerate(key)
    ]
    return (ENV_PREFIX + NESTED.join(parts)).upper()
