"""The settings, each declared once: key, type, default, meaning and an example."""

import re
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from typing_extensions import override
from yarl import URL

from gladly_segment.config.environment import ENV_PREFIX, NESTED, Environment
from gladly_segment.config.secret_files import read_secret_files

SEGMENT_HOSTS: Final = {"us": "https://api.segment.io", "eu": "https://events.eu1.segmentapis.com"}
"""Where each region's workspaces take events (Segment fact sheet, Tracking API)."""

T = TypeVar("T", str, SecretStr)

_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


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


Url = Annotated[str, BeforeValidator(_http_url)]
Login = Annotated[str, Field(min_length=1), AfterValidator(_login)]
SecretText = Annotated[SecretStr, AfterValidator(_filled)]
SecretLogin = Annotated[SecretText, AfterValidator(_login)]
Secrets = Annotated[tuple[SecretText, ...], BeforeValidator(_some)]
OrganizationName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class ServerSettings(BaseModel):
    """Where the service listens."""

    model_config = ConfigDict(extra="forbid")

    host: str = Field(default="127.0.0.1", description="Address to listen on.", examples=["0.0.0.0"])  # noqa: S104
    port: int = Field(
        default=8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.", examples=[8080]
    )


class OrganizationSettings(BaseModel):
    """One Gladly organization and the Segment source that its events go to."""

    model_config = ConfigDict(extra="forbid")

    gladly_url: Url | None = Field(
        default=None,
        description="The organization's Gladly address; by default https://{organization}.gladly.com.",
        examples=["https://acme.gladly.qa"],
    )
    gladly_user: Login = Field(
        description="E-mail address of the agent who owns the API token; needs the API User permission.",
        examples=["api@acme.example"],
    )
    gladly_token: SecretText = Field(description="The agent's API token.", examples=["..."])
    gladly_share: float = Field(
        default=0.8,
        gt=0.0,
        le=1.0,
        description="Share of the organization's rate limit that this service may use; the rest is left to others.",
        examples=[0.8],
    )
    enrich_max_age_h: float = Field(
        default=24.0,
        gt=0,
        description="How old an event may become while Gladly cannot be asked, before it becomes a dead letter.",
        examples=[24],
    )
    deliver_max_age_h: float = Field(
        default=12.0,
        gt=0,
        description="How old an event may become while Segment does not take it, before it becomes a dead letter.",
        examples=[72],
    )
    segment_write_key: SecretLogin = Field(description="Write key of the Segment source.", examples=["..."])
    segment_region: Literal["us", "eu"] = Field(
        default="us",
        description="Region of the Segment workspace: a key of the other region loses events.",
        examples=["eu"],
    )
    segment_host: Url | None = Field(
        default=None,
        description="Address of a host that speaks like Segment, instead of the region's own.",
        examples=["https://data.acme.example"],
    )
    webhook_username: Login | None = Field(
        default=None, description="User name that Gladly sends with webhooks.", examples=["gladly"]
    )
    webhook_passwords: Secrets = Field(
        default=(),
        description="Passwords that Gladly may send; several while one is being changed.",
        examples=[["..."]],
    )
    webhook_headers: dict[str, Secrets] = Field(
        default_factory=dict[str, Secrets],
        description="Static headers that Gladly sends, each with the values it may have.",
        examples=[{"X-Webhook-Key": ["..."]}],
    )

    @model_validator(mode="before")
    @classmethod
    def _read_files(cls, values: object) -> object:
        return read_secret_files(values, ("gladly_token", "segment_write_key"), ("webhook_passwords",))

    @model_validator(mode="after")
    def _credentials_complete(self) -> "OrganizationSettings":
        if bool(self.webhook_username) != bool(self.webhook_passwords):
            raise ValueError(
                "webhook_username and webhook_passwords go together, and one of them is missing; for example "
                'webhook_username = "gladly" and webhook_passwords = ["..."]'
            )
        if not self.webhook_passwords and not self.webhook_headers:
            raise ValueError(
                "no webhook credentials are set, so anybody could send events; for example "
                'webhook_username = "gladly" and webhook_passwords = ["..."]'
            )
        for name, values in self.webhook_headers.items():
            if not _HEADER_NAME.fullmatch(name) or not values:
                raise ValueError(
                    f"webhook_headers.{name} is no header name with at least one value; for example "
                    'webhook_headers = { X-Webhook-Key = ["..."] }'
                )
        return self

    @property
    def segment_url(self) -> str:
        """Where events are sent."""
        return self.segment_host or SEGMENT_HOSTS[self.segment_region]


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_nested_delimiter=NESTED, extra="forbid", hide_input_in_errors=True
    )

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file, whose content is given to the constructor."""
        return Environment(settings_cls), init_settings

    data_dir: Path = Field(
        default=Path("gladly-segment-data"),
        description="Directory of the journal; made where there is none.",
        examples=["/var/lib/gladly-segment"],
    )
    drain_timeout_s: float = Field(
        default=20.0, ge=0, description="How long a stop may take to work off what is due.", examples=[20]
    )
    retention_days: float = Field(
        default=30.0,
        gt=0,
        description="How long delivered, suppressed, ignored and dropped events are kept.",
        examples=[30],
    )
    dead_letter_retention_days: float = Field(
        default=180.0, gt=0, description="How long dead letters are kept.", examples=[180]
    )
    journal_max_gb: float = Field(
        default=50.0,
        gt=0,
        description="How much the journal may hold; above it webhooks are answered 503, as on a full disk.",
        examples=[50],
    )
    log_format: Literal["text", "json"] = Field(default="text", description="Form of the logs.", examples=["json"])
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="From which level on logs are written.", examples=["info"]
    )
    server: ServerSettings = Field(default_factory=ServerSettings, description="Where the service listens.")
    organizations: dict[OrganizationName, OrganizationSettings] = Field(
        min_length=1,
        description="The Gladly organizations, by their subdomain.",
        examples=['[organizations.acme] with gladly_user = "api@acme.example" and so on'],
    )
