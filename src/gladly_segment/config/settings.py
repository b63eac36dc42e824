"""The settings, each declared once: key, type, default, meaning and an example."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from typing_extensions import override

from gladly_segment.config.admin import AdminSettings
from gladly_segment.config.alarms import AlarmSettings
from gladly_segment.config.environment import ENV_PREFIX, NESTED, Environment
from gladly_segment.config.organization import OrganizationSettings
from gladly_segment.config.secrets import SecretsSettings
from gladly_segment.config.server import ServerSettings
from gladly_segment.config.tracing import TracingSettings
from gladly_segment.config.values import OrganizationName


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
    content_retention_days: float = Field(
        default=30.0,
        gt=0,
        description="How long the content of what ended is kept: personal data may go before the record of the event.",
        examples=[7],
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
    server: ServerSettings = Field(
        default_factory=ServerSettings, description="Where the service listens for webhooks."
    )
    admin: AdminSettings = Field(
        default_factory=AdminSettings, description="Where the service shows itself to those who look after it."
    )
    alarms: AlarmSettings = Field(default_factory=AlarmSettings, description="Who is called when a person is needed.")
    tracing: TracingSettings = Field(default_factory=TracingSettings, description="Who is told of each event's way.")
    secrets: SecretsSettings = Field(default_factory=SecretsSettings, description="The key of secrets at rest.")
    organizations: dict[OrganizationName, OrganizationSettings] = Field(
        default_factory=dict[OrganizationName, OrganizationSettings],
        description="The Gladly organizations, by their subdomain; others may be declared by command.",
        examples=['[organizations.acme] with gladly_user = "api@acme.example" and so on'],
    )
    organizations_dir: Path | None = Field(
        default=None,
        description="Directory of more organizations, each a file `{organization}.toml` with the same keys.",
        examples=["/etc/gladly-segment/organizations"],
    )
