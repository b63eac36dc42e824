"""The settings of traces."""

import re
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from gladly_segment.config.values import SecretText, Url

_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE: Final = re.compile(r"[\x20-\x7e]+")


class TracingSettings(BaseModel):
    """Who is told what becomes of each event."""

    model_config = ConfigDict(extra="forbid")

    endpoint: Url | None = Field(
        default=None,
        description="Base url of a collector that takes OpenTelemetry's OTLP over HTTP. By default nothing is traced.",
        examples=["http://localhost:4318"],
    )
    headers: dict[str, SecretText] = Field(
        default_factory=dict[str, SecretText],
        description="Headers that the collector wants.",
        examples=[{"Authorization": "Bearer ..."}],
    )
    sample: float = Field(
        default=1.0, ge=0.0, le=1.0, description="Share of the events that is traced.", examples=[0.1]
    )

    @field_validator("headers")
    @classmethod
    def _are_headers(cls, headers: dict[str, SecretText]) -> dict[str, SecretText]:
        for name, value in headers.items():
            if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value.get_secret_value()):
                raise ValueError("one of them is no HTTP header")
        return headers
