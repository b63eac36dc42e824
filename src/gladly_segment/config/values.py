"""The types of values that several settings share, each with its own check."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, SecretStr, StringConstraints
from yarl import URL

from gladly_segment.core.callers import Network
from gladly_segment.core.occurrence import EventKind

T = TypeVar("T", str, SecretStr)


def _some(value: object) -> object:
    """Take a single value where several may stand."""
    return [value] if isinstance(value, str | SecretStr) else value


def _http_url(value: object) -> object:
    if isinstance(value, str):
        if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#@]*)?", value):
            raise ValueError("it is no http(s) url of a host and a path")
        (URL(value).host or "").encode("idna")  # raises ValueError about the port, or the host's name
    return value


def _filled(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().strip():
        raise ValueError("there is nothing in it")
    return value


def _login(value: T) -> T:
    if ":" in (value.get_secret_value() if isinstance(value, SecretStr) else value):
        raise ValueError("there is a colon in it, where Basic credentials end the user's name")
    return value


def _network(value: object) -> Network:
    try:
        return ip_network(str(value))
    except ValueError:
        raise ValueError("it is no network such as 10.0.0.0/8, and no address") from None


Cidr = Annotated[Network, PlainValidator(_network)]
Url = Annotated[str, BeforeValidator(_http_url)]
Login = Annotated[str, Field(min_length=1), AfterValidator(_login)]
SecretText = Annotated[SecretStr, AfterValidator(_filled)]
SecretLogin = Annotated[SecretText, AfterValidator(_login)]
Secrets = Annotated[tuple[SecretText, ...], BeforeValidator(_some)]
EventKinds = Annotated[tuple[EventKind, ...], BeforeValidator(_some), Field(min_length=1)]
ORGANIZATION_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
OrganizationName = Annotated[str, StringConstraints(pattern=rf"^{ORGANIZATION_NAME.pattern}$")]


def check_tls_pair(cert_file: Path | None, key_file: Path | None, example: str) -> None:
    """Refuse one without the other; `example` is the name of files in the error. Raises ValueError."""
    if (cert_file is None) != (key_file is None):
        raise ValueError(
            "tls_cert_file and tls_key_file go together, and one of them is missing; for example "
            f'tls_cert_file = "/etc/gladly-segment/{example}.crt" and '
            f'tls_key_file = "/etc/gladly-segment/{example}.key"'
        )
