import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from gladly_segment.config import OrganizationSettings, Settings, load_settings

REQUIRED: Final = {
    "gladly_user": '"api@acme.example"',
    "gladly_token": '"token"',
    "segment_write_key": '"write-key"',
    "webhook_username": '"gladly"',
    "webhook_passwords": '["password"]',
}
"""What an organization cannot do without, as it stands in the file."""

Load = Callable[..., Settings]


def organization(name: str = "acme", /, **changes: str | None) -> str:
    """Write an organization's table; a setting is changed by its TOML text, or left out with None."""
    values = {**REQUIRED, **changes}
    lines = [f"{key} = {text}" for key, text in values.items() if text is not None]
    return "\n".join((f"[organizations.{name}]", *lines, ""))


@pytest.fixture(autouse=True)
def own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a test runs there are no settings but its own."""
    for name in os.environ:
        if name.startswith("GLADLY_SEGMENT_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def load(own_directory: Path) -> Load:
    """Writes a settings file, and loads it and the environment."""

    def write_and_load(text: str) -> Settings:
        file = own_directory / "given.toml"
        file.write_text(text, encoding="utf-8")
        return load_settings(file)

    return write_and_load


@pytest.fixture
def acme(load: Load) -> Callable[..., OrganizationSettings]:
    """Loads one organization with some changes."""

    def load_organization(**changes: str | None) -> OrganizationSettings:
        return load(organization("acme", **changes)).organizations["acme"]

    return load_organization
