"""One file for each organization, as deployment tools like them."""

from pathlib import Path

import pytest

from gladly_segment.config import load_settings, settings_stamp
from gladly_segment.core.errors import SettingsError
from tests.unit.config.conftest import Load, organization


@pytest.fixture
def directory(own_directory: Path) -> Path:
    directory = own_directory / "organizations"
    directory.mkdir()
    return directory


def table(name: str) -> str:
    return organization(name).partition("\n")[2]


def head(directory: Path) -> str:
    return f'organizations_dir = "{directory}"\n'


def test_each_file_is_an_organization_beside_those_of_the_settings_file(load: Load, directory: Path) -> None:
    (directory / "beta.toml").write_text(table("beta"))
    (directory / "gamma.toml").write_text(table("gamma"))
    (directory / "README").write_text("no organization")

    settings = load(head(directory) + organization("acme"))

    assert list(settings.organizations) == ["acme", "beta", "gamma"]


def test_the_directory_may_be_named_in_the_environment(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (directory / "beta.toml").write_text(table("beta"))
    monkeypatch.setenv("GLADLY_SEGMENT_ORGANIZATIONS_DIR", str(directory))

    assert list(load_settings().organizations) == ["beta"]


def test_an_organization_in_two_places_is_refused(load: Load, directory: Path) -> None:
    (directory / "acme.toml").write_text(table("acme"))

    with pytest.raises(SettingsError, match=r"organizations\.acme is set in the settings file, and in .*acme\.toml"):
        load(head(directory) + organization("acme"))


def test_a_directory_that_is_not_there_is_named(load: Load, own_directory: Path) -> None:
    with pytest.raises(SettingsError, match=r"organizations_dir names .*nowhere, which cannot be read: No such file"):
        load(head(own_directory / "nowhere"))


def test_what_is_wrong_in_a_file_is_named_as_the_setting(load: Load, directory: Path) -> None:
    (directory / "beta.toml").write_text("colour = 1\n" + table("beta"))

    with pytest.raises(SettingsError, match=r"the setting organizations\.beta\.colour is unknown"):
        load(head(directory))


def test_the_stamp_changes_with_each_file_that_is_read(own_directory: Path, directory: Path) -> None:
    settings = own_directory / "gladly-segment.toml"
    settings.write_text(head(directory))
    stamps = [settings_stamp(None)]

    (directory / "beta.toml").write_text(table("beta"))
    stamps.append(settings_stamp(None))
    (directory / "beta.toml").write_text(table("beta") + "gladly_share = 0.5\n")
    stamps.append(settings_stamp(None))
    settings.write_text(head(directory) + organization())
    stamps.append(settings_stamp(None))
    (directory / "beta.toml").unlink()
    stamps.append(settings_stamp(None))

    assert len(set(stamps)) == len(stamps)
    assert settings_stamp(None) == stamps[-1]
