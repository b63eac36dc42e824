"""Where keys come from, and what is said when one does not come. Nothing of a key is ever said."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gladly_segment.core.errors import VaultError
from gladly_segment.core.secret import Secret
from gladly_segment.vault import (
    KeyCommand,
    KeyFile,
    KeySources,
    KeyText,
    create_key_file,
    ensure_key,
    load_keys,
    read_key_file,
    sources,
)
from tests.unit.vault.conftest import drawn, key, write_key

TEXT = key("a").text()


def load(source: KeyFile | KeyText | KeyCommand, *previous: Path) -> Any:
    return load_keys(KeySources(source, previous))


def complaint(source: KeyFile | KeyText | KeyCommand) -> str:
    with pytest.raises(VaultError) as error:
        load(source)
    said = f"{error.value.message} | {error.value.hint} | {error.value!r}"
    assert TEXT.reveal() not in said
    return said


def program(code: str) -> KeyCommand:
    return KeyCommand((sys.executable, "-c", code))


def test_a_key_comes_from_a_file_a_text_or_a_command(tmp_path: Path) -> None:
    file = KeyFile(write_key(tmp_path / "key", key("a")))

    for source in (file, KeyText(TEXT), program(f"print('{TEXT.reveal()}')")):
        assert load(source).current == key("a")


def test_previous_keys_come_from_files(tmp_path: Path) -> None:
    previous = [write_key(tmp_path / name, key(name)) for name in "bc"]

    assert [each.id for each in load(KeyText(TEXT), *previous)] == [key(name).id for name in "abc"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o644, 0o777])
def test_a_file_that_others_can_use_is_refused(tmp_path: Path, mode: int) -> None:
    file = write_key(tmp_path / "key", key("a"))
    file.chmod(mode)

    said = complaint(KeyFile(file))

    assert f"the key file {file} can be used by others than its owner | chmod 600 {file}" in said


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_of_its_owner_alone_is_taken(tmp_path: Path, mode: int) -> None:
    file = write_key(tmp_path / "key", key("a"))
    file.chmod(mode)

    assert read_key_file(file) == key("a")


def test_a_file_is_judged_where_a_link_leads_to(tmp_path: Path) -> None:
    write_key(tmp_path / "key", key("a")).chmod(0o644)
    (tmp_path / "link").symlink_to("key")

    assert "can be used by others" in complaint(KeyFile(tmp_path / "link"))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert f"the key file {tmp_path / 'no'} cannot be read: No such file" in complaint(KeyFile(tmp_path / "no"))
    assert f"the key file {tmp_path} cannot be read: Is a directory" in complaint(KeyFile(tmp_path))


@pytest.mark.parametrize("content", [b"", TEXT.reveal()[:-4].encode(), TEXT.reveal().encode() * 2, b"\xff" * 43])
def test_a_file_without_a_key_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    file.chmod(0o600)

    assert f"the key file {file} cannot be used: it is no secrets key" in complaint(KeyFile(file))


def test_a_text_that_is_no_key_is_told_of_and_not_quoted() -> None:
    said = complaint(KeyText(Secret(TEXT.reveal() + "canary")))

    assert "the key that is set cannot be used: it is no secrets key, which is 32 random bytes in base64 |" in said
    assert "canary" not in said


def test_where_no_key_is_set_and_none_is_beside_the_data_it_says_so(tmp_path: Path) -> None:
    said = complaint(KeyFile(tmp_path / "data.key", beside=tmp_path / "data"))

    assert f"no key for secrets is set, and there is no {tmp_path / 'data.key'}" in said
    assert "GLADLY_SEGMENT_SECRETS__KEY" in said


def test_a_command_is_asked_without_a_shell(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    echo = "import sys; sys.exit(sys.argv[1])"

    said = complaint(KeyCommand((sys.executable, "-c", echo, f"$(id); touch {canary}")))

    assert "ended with 1: $(id); touch " in said
    assert not canary.exists()


def test_a_command_that_fails_says_its_last_words_without_what_looks_like_a_secret() -> None:
    words = (
        "import sys; sys.exit('first line\\nAccessDeniedException for " + TEXT.reveal() + " and " + "far " * 99 + "')"
    )

    said = complaint(program(words))

    assert "ended with 1: AccessDeniedException for ******** and far" in said
    assert "first line" not in said
    assert len(said.split(" | ")[0]) < 250


def test_a_command_that_says_nothing_is_told_of_by_its_status() -> None:
    assert f"the key command {sys.executable} ended with 3 |" in complaint(program("raise SystemExit(3)"))


def test_a_command_that_prints_no_key_is_told_of_and_not_quoted() -> None:
    said = complaint(program("print('canary', end='')"))

    assert f"what the key command {sys.executable} printed cannot be used: it is no secrets key" in said
    assert "canary" not in said


def test_a_command_that_is_not_there_is_named() -> None:
    assert "the key command no-such-command cannot be run: No such file" in complaint(KeyCommand(("no-such-command",)))
    assert "the key command a\x00b cannot be run" in complaint(KeyCommand(("a\x00b",)))


@pytest.fixture
def typed() -> Iterator[None]:
    """Somebody types something."""
    terminal, kept = os.pipe(), os.dup(0)
    os.write(terminal[1], b"typed")
    os.close(terminal[1])
    os.dup2(terminal[0], 0)
    yield
    os.dup2(kept, 0)
    os.close(terminal[0])
    os.close(kept)


@pytest.mark.usefixtures("typed")
def test_a_command_gets_no_input() -> None:
    assert "ended with 5" in complaint(program("import sys; sys.exit(5 if sys.stdin.read() == '' else 6)"))


def test_a_command_does_not_run_forever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_COMMAND_WITHIN_S", 0.1)

    assert "did not end within" in complaint(
        program(f"print('{TEXT.reveal()}', flush=True); import time; time.sleep(99)")
    )


def test_a_new_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        made = create_key_file(tmp_path / "etc" / "secrets.key", drawn())
    finally:
        os.umask(umask)

    assert read_key_file(tmp_path / "etc" / "secrets.key") == made
    assert (tmp_path / "etc" / "secrets.key").stat().st_mode & 0o777 == 0o600
    assert [each.name for each in (tmp_path / "etc").iterdir()] == ["secrets.key"]


def test_a_new_key_never_takes_the_place_of_one_that_is_there(tmp_path: Path) -> None:
    file = write_key(tmp_path / "key", key("a"))

    with pytest.raises(VaultError, match="is there already"):
        create_key_file(file)

    assert read_key_file(file) == key("a")
    assert [each.name for each in tmp_path.iterdir()] == ["key"]


def test_where_no_key_file_can_be_made_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(VaultError, match="cannot be made: ") as error:
        create_key_file(tmp_path / "file" / "secrets.key")

    assert "GLADLY_SEGMENT_SECRETS__KEY" in error.value.hint


def test_two_new_keys_differ(tmp_path: Path) -> None:
    assert create_key_file(tmp_path / "one") != create_key_file(tmp_path / "two")


def test_a_key_is_made_once_where_there_is_none(tmp_path: Path) -> None:
    file = tmp_path / "data.key"
    named = KeySources(KeyFile(file, beside=tmp_path / "data"))

    assert ensure_key(named) == file
    made = load_keys(named).current
    assert ensure_key(named) is None

    assert load_keys(named).current == made


def test_only_a_file_can_be_made(tmp_path: Path) -> None:
    assert ensure_key(KeySources(KeyText(Secret("canary")))) is None
    assert ensure_key(KeySources(program("raise SystemExit(1)"))) is None


def test_no_key_is_put_beside_a_disk_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, file = tmp_path / "data", tmp_path / "data.key"
    monkeypatch.setattr(os.path, "ismount", disk.__eq__)

    with pytest.raises(VaultError, match=f"{disk} is a disk of its own"):
        ensure_key(KeySources(KeyFile(file, beside=disk)))

    assert not file.exists()
    assert ensure_key(KeySources(KeyFile(file))) == file
