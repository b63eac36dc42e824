"""The settings of the admin listener."""

import re
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from gladly_segment.config.secret_files import read_secret_files
from gladly_segment.config.values import Cidr, SecretText, check_tls_pair

TOKEN_LENGTH: Final = 20
LOOPBACK: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9-]+")


def _long(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value().strip()) < TOKEN_LENGTH:
        raise ValueError(f"it is shorter than {TOKEN_LENGTH} characters, and could be guessed")
    return value


def _header_name(value: str) -> str:
    if not _HEADER_NAME.fullmatch(value):
        raise ValueError("it is no name of a header")
    return value


class AdminSettings(BaseModel):
    """Where the service shows itself to those who look after it, and who they are."""

    model_config = ConfigDict(extra="forbid")

    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on; one that others reach needs `admin.token` or `admin.trusted_user_header`.",
        examples=["0.0.0.0"],  # noqa: S104
    )
    port: int = Field(
        default=8081, ge=0, le=65535, description="Port to listen on; 0 takes a free one.", examples=[8081]
    )
    token: Annotated[SecretText, AfterValidator(_long)] | None = Field(
        default=None,
        description="Whoever shows it is let in: as a bearer token, or at the login form. At least 20 characters.",
        examples=["at least 20 random characters"],
    )
    trusted_user_header: Annotated[str, AfterValidator(_header_name)] | None = Field(
        default=None,
        description="Header in which a proxy that signs people in tells who they are; the proxy must speak https.",
        examples=["X-Forwarded-Email"],
    )
    trusted_proxies: tuple[Cidr, ...] = Field(
        default=LOOPBACK,
        description="Networks of the proxies whose words about people, sources and https are believed.",
        examples=[["10.1.2.3/32"]],
    )
    tls_cert_file: Path | None = Field(
        default=None,
        description="Certificate with its chain in PEM, to speak https without a proxy; goes with "
        "`admin.tls_key_file`. Both are read again when they change.",
        examples=["/etc/gladly-segment/admin.crt"],
    )
    tls_key_file: Path | None = Field(
        default=None,
        description="Private key of the certificate in PEM, without a passphrase.",
        examples=["/etc/gladly-segment/admin.key"],
    )

    @model_validator(mode="before")
    @classmethod
    def _read_files(cls, values: object) -> object:
        return read_secret_files(values, ("token",), ())

    @model_validator(mode="after")
    def _guarded(self) -> "AdminSettings":
        if self.token is None and self.trusted_user_header is None and not _is_loopback(self.host):
            raise ValueError(
                f"admin.host is {self.host}, where others can reach it, and nobody would have to prove who they are; "
                'set admin.token_file to the file of a token, or admin.trusted_user_header, or host = "127.0.0.1"'
            )
        check_tls_pair(self.tls_cert_file, self.tls_key_file, "admin")
        return self


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
