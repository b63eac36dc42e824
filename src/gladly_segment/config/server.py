"""The settings of the listener that webhooks come in by."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gladly_segment.config.values import Cidr, check_tls_pair


class ServerSettings(BaseModel):
    """Where the service listens for webhooks, and what it puts up with."""

    model_config = ConfigDict(extra="forbid")

    host: str = Field(default="127.0.0.1", description="Address to listen on.", examples=["0.0.0.0"])  # noqa: S104
    port: int = Field(
        default=8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.", examples=[8080]
    )
    tls_cert_file: Path | None = Field(
        default=None,
        description="Certificate with its chain in PEM, to speak https without a proxy; goes with `tls_key_file`. "
        "Both are read again when they change.",
        examples=["/etc/gladly-segment/server.crt"],
    )
    tls_key_file: Path | None = Field(
        default=None,
        description="Private key of the certificate in PEM, without a passphrase.",
        examples=["/etc/gladly-segment/server.key"],
    )
    trusted_proxies: tuple[Cidr, ...] = Field(
        default=(),
        description="Networks of the proxies in front of the service: what they write into `X-Forwarded-For` tells "
        "who calls, and nobody else's does.",
        examples=[["10.1.2.3/32"]],
    )
    max_connections: int = Field(
        default=2_000,
        ge=1,
        description="How many connections there may be; above it the one that rests longest makes room.",
        examples=[2_000],
    )
    max_connections_per_address: int = Field(
        default=100,
        ge=1,
        description="How many connections of one address (of IPv6, one /64) there may be; those of `trusted_proxies` "
        "and of this machine itself are not counted.",
        examples=[100],
    )
    drain_notice_s: float = Field(
        default=0.0,
        ge=0,
        description="How long a stop first answers `/readyz` with 503 while webhooks are still taken; set it above the "
        "interval of your load balancer's probe.",
        examples=[10],
    )

    @model_validator(mode="after")
    def _tls_complete(self) -> "ServerSettings":
        check_tls_pair(self.tls_cert_file, self.tls_key_file, "server")
        return self
