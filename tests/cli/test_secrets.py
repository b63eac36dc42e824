"""`gladly-segment secrets`: what each key opens is told, and a key is changed, in its file or for another one."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from gladly_segment.config import Settings, load_settings
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.secret import Secret
from gladly_segment.ports.registry import Action, Declared, Registry
from gladly_segment.service.beside import FullRegistry, registering
from gladly_segment.service.vault import open_vault, vault_to_seal_with
from gladly_segment.vault import Key, create_key_file
from tests.support.clock import START
from tests.unit.cli.conftest import Command, command, data_dir

__all__ = ["command", "data_dir"]

# Its guard against a forgotten `app([])`: here the arguments are those of the process, as they shall be.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")

T = TypeVar("T")

TOKEN = Secret("canary-token")


@pytest.fixture
def settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings of the commands and of the service."""
    file = tmp_path / "settings.toml"
    file.write_text("")
    monkeypatch.setenv("GLADLY_SEGMENT_CONFIG", str(file))
    monkeypatch.setenv("GLADLY_SEGMENT_DATA_DIR", str(tmp_path / "data"))
    return file


@pytest.fixture
def key_file(data_dir: Path) -> Path:
    """Where the key is when nothing is set."""
    return data_dir.with_name("data.key")


def text_of(file: Path) -> str:
    return file.read_text().strip()


def content_of(directory: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in directory.iterdir()}


def is_there(file: Path) -> bool:
    return file.exists()


def remove(file: Path) -> None:
    file.unlink()


def name_key_file(settings_file: Path, key_file: Path) -> None:
    settings_file.write_text(f'[secrets]\nkey_file = "{key_file}"\n')


async def in_registry(work: Callable[[FullRegistry, Settings], Awaitable[T]]) -> T:
    settings = load_settings()
    async with registering(settings.data_dir) as registry:
        return await work(registry, settings)


async def connect(*names: str) -> Path | None:
    """Seal the token of some organizations, as `connect` does; tell which key file was made."""

    async def work(registry: Registry, settings: Settings) -> Path | None:
        vault, made = await vault_to_seal_with(settings, registry)
        for name in names:
            sealed = vault.seal({"gladly_token": TOKEN}, context=name)
            await registry.declare(Declared(name=OrganizationId(name), document=b"{}", sealed=sealed, changed_at=START))
        return made

    return await in_registry(work)


async def service_opens(*names: str) -> bool:
    """Whether a service opens the tokens of exactly these organizations."""

    async def work(registry: Registry, settings: Settings) -> dict[str, Secret]:
        vault = open_vault(settings)
        records = await registry.declared()
        return {each.name: vault.open(each.sealed, context=each.name)["gladly_token"] for each in records}

    return await in_registry(work) == dict.fromkeys(names, TOKEN)


@pytest.fixture(autouse=True)
def settings_of_their_own(settings_file: Path) -> None:
    """No test reads other settings."""


async def test_a_newcomer_has_to_know_nothing_of_keys(command: Command, key_file: Path) -> None:
    assert await connect("acme") == key_file
    assert await connect("beta") is None

    ended = await command("secrets", "status")

    assert (ended.status, ended.err) == (0, "")
    header, line = ended.out.splitlines()
    assert header.split() == ["key", "is", "opens"]
    assert line.split()[1:] == ["current", "2"]
    assert await service_opens("acme", "beta")


async def test_a_copy_of_the_data_directory_alone_opens_nothing(command: Command, data_dir: Path) -> None:
    await connect("acme")

    content = content_of(data_dir)

    assert "journal.sqlite" in content
    assert [name for name, found in content.items() if "key" in name or TOKEN.reveal().encode() in found] == []


async def test_no_new_key_is_made_where_something_is_sealed(command: Command, key_file: Path) -> None:
    await connect("acme")
    remove(key_file)

    assert f"no key for secrets is set, and there is no {key_file}" in (await command("secrets", "status")).complaint
    with pytest.raises(Exception, match="no key for secrets is set"):
        await connect("beta")

    assert not is_there(key_file)


async def test_the_key_file_is_changed_by_one_command(command: Command, key_file: Path) -> None:
    await connect("acme", "beta")
    before = text_of(key_file)

    ended = await command("secrets", "rotate")

    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith("2 records are opened by the key ")
    assert text_of(key_file) != before
    assert await service_opens("acme", "beta")


async def test_another_key_file_is_changed_to_in_two_steps(
    command: Command, key_file: Path, settings_file: Path, tmp_path: Path
) -> None:
    await connect("acme")
    new_file = tmp_path / "etc" / "new.key"

    ended = await command("secrets", "rotate", "--new-key-file", new_file)

    assert ended.status == 0
    assert "1 records are opened by the former key and by the new one" in ended.out
    assert f'set key_file = "{new_file}" under [secrets]' in ended.out
    assert await service_opens("acme")
    name_key_file(settings_file, new_file)
    assert await service_opens("acme")
    assert "and no other; 1 changed" in (await command("secrets", "rotate")).out
    name_key_file(settings_file, key_file)
    assert "No key that is set opens the secrets of acme" in (await command("secrets", "status")).out


async def test_a_key_in_the_environment_is_changed_in_two_steps(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLADLY_SEGMENT_SECRETS__KEY", Key(b"a" * 32).text().reveal())
    assert await connect("acme") is None
    assert "the key is not in a file" in (await command("secrets", "rotate")).complaint

    await command("secrets", "rotate", "--new-key-file", tmp_path / "new.key")
    monkeypatch.setenv("GLADLY_SEGMENT_SECRETS__KEY", text_of(tmp_path / "new.key"))
    remove(tmp_path / "new.key")

    assert "and no other; 1 changed" in (await command("secrets", "rotate")).out
    assert await service_opens("acme")


async def test_what_no_key_opens_is_told_by_name_and_by_status(
    command: Command, settings_file: Path, tmp_path: Path
) -> None:
    await connect("acme", "beta")
    create_key_file(tmp_path / "other.key")
    name_key_file(settings_file, tmp_path / "other.key")

    ended = await command("secrets", "status")

    assert ended.status == 1
    assert [line.split()[1:] for line in ended.out.splitlines()[1:3]] == [["current", "0"], ["not", "set", "2"]]
    assert "No key that is set opens the secrets of acme, beta" in ended.out
    assert "the secrets of acme are sealed with the key" in (await command("secrets", "rotate")).complaint


async def test_the_change_of_a_key_is_noted(command: Command) -> None:
    await connect("acme")
    await command("secrets", "rotate")

    async def work(registry: FullRegistry, _settings: Settings) -> list[Action]:
        return list(await registry.actions(None, 10))

    (action,) = await in_registry(work)
    assert (action.what, action.organization) == ("secrets_rotated", None)
    assert "of 1 records, done" in action.detail


async def test_nothing_secret_is_printed(command: Command, key_file: Path, tmp_path: Path) -> None:
    await connect("acme")
    keys = [text_of(key_file)]

    printed = [await command("secrets", "status"), await command("secrets", "rotate")]
    keys.append(text_of(key_file))
    printed.append(await command("secrets", "rotate", "--new-key-file", tmp_path / "new.key"))
    keys.append(text_of(tmp_path / "new.key"))

    for each in printed:
        assert each.out
        for secret in (TOKEN.reveal(), *keys):
            assert secret not in each.out + each.err
