"""The settings of alarms."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from yarl import URL

from gladly_segment.config.secret_files import read_secret_files
from gladly_segment.config.values import SecretText


class AlarmSettings(BaseModel):
    """Who is called when a person is needed, beside logs and metrics."""

    model_config = ConfigDict(extra="forbid")

    url: SecretText | None = Field(
        default=None,
        description="Where alarms are posted as JSON with a `text`, as chat tools take it. By default nowhere. It is "
        "kept secret, as such addresses are: whoever knows one may post.",
        examples=["https://hooks.chat.example/T000/B000/XXXX"],
    )

    @model_validator(mode="before")
    @classmethod
    def _read_file(cls, values: object) -> object:
        return read_secret_files(values, ("url",), ())

    @field_validator("url")
    @classmethod
    def _is_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _is_http(value.get_secret_value()):
            raise ValueError("it is no http(s) url")
        return value


def _is_http(text: str) -> bool:
    try:
        url = URL(text)
        return url.scheme in {"http", "https"} and bool(url.host)
    except ValueError:
        return False
