"""The settings of one organization."""

import re
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gladly_segment.config.privacy import PrivacySettings
from gladly_segment.config.secret_files import read_secret_files
from gladly_segment.config.values import EventKinds, Login, SecretLogin, Secrets, SecretText, Url
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.organization import PRODUCTION

SEGMENT_HOSTS: Final = {"us": "https://api.segment.io", "eu": "https://events.eu1.segmentapis.com"}
"""Where each region's workspaces take events (Segment fact sheet, Tracking API)."""

SECRETS: Final = ("gladly_token", "segment_write_key")
MIRROR_SECRET: Final = "mirror_secret"  # noqa: S105 - the setting's name

_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


class AnyOrganizationSettings(BaseModel):
    """What is set for an organization wherever it is declared: all but what proves that a webhook is Gladly's."""

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
    mirror_secret: SecretText | None = Field(
        default=None,
        description="Shared secret of the Segment destination that sends what arrived to /mirror/{organization}.",
        examples=["..."],
    )
    environment: str = Field(
        default=PRODUCTION,
        pattern=r"^[a-z0-9][a-z0-9-]{0,31}$",
        description="Which of your environments this is: a write key is bound to it on first use.",
        examples=["staging"],
    )
    events: EventKinds = Field(
        default=tuple(EventKind),
        description="Which events are sent; those of another kind end as suppressed, and nothing is read for them.",
        examples=[["closed"]],
    )
    max_backlog: int = Field(
        default=1_000_000,
        ge=1,
        description="How many events may wait: above it webhooks are answered 503, so that others have room left.",
        examples=[100_000],
    )
    max_webhooks_per_s: float | None = Field(
        default=None,
        gt=0,
        description="How many webhooks a second are taken; above it they are answered 429. By default as many as come.",
        examples=[200],
    )
    retention_days: float | None = Field(
        default=None, gt=0, description="Instead of the service's own `retention_days`.", examples=[14]
    )
    dead_letter_retention_days: float | None = Field(
        default=None, gt=0, description="Instead of the service's own `dead_letter_retention_days`.", examples=[90]
    )
    content_retention_days: float | None = Field(
        default=None, gt=0, description="Instead of the service's own `content_retention_days`.", examples=[7]
    )

    privacy: PrivacySettings = Field(default_factory=PrivacySettings, description="What of customers' data is sent.")

    @model_validator(mode="before")
    @classmethod
    def _read_files(cls, values: object) -> object:
        return read_secret_files(values, (*SECRETS, MIRROR_SECRET), ("webhook_passwords",))

    @property
    def segment_url(self) -> str:
        """Where events are sent."""
        return self.segment_host or SEGMENT_HOSTS[self.segment_region]


class OrganizationSettings(AnyOrganizationSettings):
    """One Gladly organization and the Segment source that its events go to."""

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
