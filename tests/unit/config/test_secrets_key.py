"""The key of secrets at rest: one source, from the file or the environment, and beside the data where none is set."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gladly_segment.config import Settings
from gladly_segment.core.errors import SettingsError
from gladly_segment.core.secret import Secret
from gladly_segment.vault import KeyCommand, KeyFile, KeySources, KeyText
from tests.unit.config.conftest import Load

KEY = "c2VjcmV0cyBrZXkgb2YgdGhlIGNvbmZpZyB0ZXN0cyE"


def sources(settings: Settings) -> KeySources:
    return settings.secrets.sources(settings.data_dir)


def complaint(load: Callable[[], Settings]) -> str:
    with pytest.raises(SettingsError) as error:
        load()
    said = f"{error.value.message} | {error.value.hint} | {error.value!r}"
    assert KEY not in said
    return said


@pytest.mark.parametrize(
    ("data_dir", "key_file"),
    [
        ("gladly-segment-data", "{here}/gladly-segment-data.key"),
        ("data/", "{here}/data.key"),
        ("a/../b.d", "{here}/b.d.key"),
        (".", "{here}.key"),
        ("/var/lib/gladly-segment", "/var/lib/gladly-segment.key"),
    ],
)
def test_without_a_setting_the_key_is_beside_the_data_directory(
    load: Load, own_directory: Path, data_dir: str, key_file: str
) -> None:
    found = sources(load(f'data_dir = "{data_dir}"\n'))

    assert found == KeySources(KeyFile(Path(key_file.format(here=own_directory)), beside=Path(data_dir)))


def test_a_key_may_be_in_a_file_of_ones_choice_or_come_from_a_command(
    load: Load, own_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(own_directory))

    assert sources(load('[secrets]\nkey_file = "~/key"\n')) == KeySources(KeyFile(own_directory / "key"))
    assert sources(load('[secrets]\nkey_command = ["kms", "decrypt"]\n')) == KeySources(KeyCommand(("kms", "decrypt")))


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("KEY", KEY, KeySources(KeyText(Secret(KEY)))),
        ("KEY_FILE", "/key", KeySources(KeyFile(Path("/key")))),
        ("KEY_COMMAND", '["kms"]', KeySources(KeyCommand(("kms",)))),
    ],
)
def test_the_environment_names_a_key(
    load: Load, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, expected: KeySources
) -> None:
    monkeypatch.setenv(f"GLADLY_SEGMENT_SECRETS__{variable}", value)

    assert sources(load("")) == expected


def test_previous_keys_are_in_files(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLADLY_SEGMENT_SECRETS__KEY", KEY)

    found = sources(load('[secrets]\nprevious_key_files = ["/old", "/older"]\n'))

    assert found.previous == (Path("/old"), Path("/older"))


def test_a_key_stands_in_the_settings_file_as_well_and_is_not_shown(load: Load) -> None:
    settings = load(f'[secrets]\nkey = "{KEY}"\n')

    assert sources(settings) == KeySources(KeyText(Secret(KEY)))
    assert KEY not in f"{settings!r} {settings.model_dump_json()} {sources(settings)!r}"


def test_two_keys_are_one_too_many(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLADLY_SEGMENT_SECRETS__KEY", KEY)

    said = complaint(lambda: load('[secrets]\nkey_file = "/key"\n'))

    assert "secrets: key_file and key are set; keep one of them" in said


def test_a_command_has_a_name(load: Load) -> None:
    assert "secrets.key_command" in complaint(lambda: load("[secrets]\nkey_command = []\n"))
