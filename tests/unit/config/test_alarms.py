"""The address of alarms: a url with whatever it needs, and a secret."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from gladly_segment.config.alarms import AlarmSettings
from gladly_segment.config.declarations import declarations


def settings(**values: object) -> AlarmSettings:
    return AlarmSettings.model_validate(values)


@pytest.mark.parametrize(
    "url", ["https://hooks.chat.example/T0/B0/xyz", "http://localhost:9000/a?key=1&token=2", "https://u:p@chat.example"]
)
def test_any_http_url_will_do(url: str) -> None:
    found = settings(url=url).url

    assert found is not None
    assert found.get_secret_value() == url


@pytest.mark.parametrize("url", ["", "chat.example/hook", "ftp://chat.example/secret", "https://", "http://[secret"])
def test_anything_else_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(url=url)

    (error,) = refused.value.errors(include_input=False, include_context=False)
    assert "secret" not in error["msg"]


def test_it_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("https://hooks.chat.example/T0/B0/xyz\n")

    found = settings(url_file=str(tmp_path / "url"))

    assert found.url is not None
    assert found.url.get_secret_value() == "https://hooks.chat.example/T0/B0/xyz"
    assert "xyz" not in repr(found)


def test_nothing_is_posted_by_default() -> None:
    assert settings().url is None


def test_it_is_declared_as_a_secret() -> None:
    assert declarations()["alarms", "url"].is_secret
