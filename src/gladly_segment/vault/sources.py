"""Where keys come from: a file, a text, or a command such as a KMS's."""

import os
import re
import stat
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from gladly_segment.core.errors import VaultError
from gladly_segment.core.secret import MASK, Secret
from gladly_segment.vault.keys import Key, Keyring, generate_key, parse_key

_COMMAND_WITHIN_S: Final = 20.0
_MOST_BYTES: Final = 4096
_SHOWN: Final = 120
_HOW_TO_SET: Final = "name it as key_file under [secrets], or give the key itself as GLADLY_SEGMENT_SECRETS__KEY"
_LIKE_A_SECRET: Final = re.compile(r"(?=\S*[0-9+/_=])\S{20,}")


class KeyFile(msgspec.Struct, frozen=True):
    """A file that holds a key: one that was chosen, or where none was, the one `beside` the data directory."""

    path: Path
    beside: Path | None = None


class KeyText(msgspec.Struct, frozen=True):
    """The key itself, from the environment for example."""

    text: Secret


class KeyCommand(msgspec.Struct, frozen=True):
    """A command with its arguments that prints the key; no shell is asked."""

    arguments: tuple[str, ...]


KeySource: TypeAlias = KeyFile | KeyText | KeyCommand


class KeySources(msgspec.Struct, frozen=True):
    """Where the current key comes from, and previous ones that still open."""

    current: KeySource
    previous: tuple[Path, ...] = ()


def load_keys(sources: KeySources) -> Keyring:
    """Read all keys; a command may take 20 s. Raises VaultError, which quotes nothing of them."""
    match sources.current:
        case KeyFile():
            current = _from_file(sources.current)
        case KeyText():
            current = _parsed(sources.current.text, "the key that is set cannot be used")
        case KeyCommand():
            current = _from_command(sources.current.arguments)
    return Keyring(current, tuple(read_key_file(path) for path in sources.previous))


def ensure_key(sources: KeySources, draw: Callable[[int], bytes] = os.urandom) -> Path | None:
    """Make the key file that the sources name where there is none, and tell its path if it was made.

    For a caller who knows that nothing is sealed yet: a new key opens nothing that was. Raises VaultError.
    """
    source = sources.current
    if not isinstance(source, KeyFile) or source.path.exists():
        return None
    if source.beside is not None and os.path.ismount(source.beside):
        raise VaultError(
            f"{source.beside} is a disk of its own: a key file beside it may be lost before what it sealed",
            hint=_HOW_TO_SET,
        )
    create_key_file(source.path, draw)
    return source.path


def create_key_file(path: Path, draw: Callable[[int], bytes] = os.urandom) -> Key:
    """Write a new key to a new file, durably and readable by its owner only. Raises VaultError; replaces nothing."""
    key = generate_key(draw)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(f"{key.text().reveal()}\n")
                file.flush()
                os.fsync(file.fileno())
            # Unlike a renaming, this never takes the place of a file that is there.
            os.link(part, path)
        finally:
            Path(part).unlink()
        sync_directory(path.parent)
    except OSError as error:
        if path.exists():
            raise VaultError(f"the key file {path} is there already") from None
        raise VaultError(f"the key file {path} cannot be made: {error.strerror}", hint=_HOW_TO_SET) from None
    return key


def read_key_file(path: Path) -> Key:
    """Read a key from a file that nobody else may read. Raises VaultError."""
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            content = file.read(_MOST_BYTES)
    except OSError as error:
        raise VaultError(f"the key file {path} cannot be read: {error.strerror}", hint=_HOW_TO_SET) from None
    if stat.S_IMODE(found.st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        raise VaultError(f"the key file {path} can be used by others than its owner", hint=f"chmod 600 {path}")
    return _parsed(_text(content), f"the key file {path} cannot be used")


def sync_directory(directory: Path) -> None:
    """Make what was made or renamed in a directory durable. Raises OSError."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _from_file(source: KeyFile) -> Key:
    if source.beside is not None and not source.path.exists():
        raise VaultError(f"no key for secrets is set, and there is no {source.path}", hint=_HOW_TO_SET)
    return read_key_file(source.path)


def _from_command(arguments: tuple[str, ...]) -> Key:
    what = f"the key command {arguments[0]}"
    try:
        # The arguments are the operator's own, from the settings.
        ended = subprocess.run(  # noqa: S603
            arguments, stdin=subprocess.DEVNULL, capture_output=True, timeout=_COMMAND_WITHIN_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise VaultError(f"{what} did not end within {_COMMAND_WITHIN_S:.0f} s") from None
    except (OSError, ValueError) as error:
        raise VaultError(f"{what} cannot be run: {getattr(error, 'strerror', None) or 'wrong arguments'}") from None
    if ended.returncode != 0:
        raise VaultError(f"{what} ended with {ended.returncode}{_last_words(ended.stderr)}")
    return _parsed(_text(ended.stdout), f"what {what} printed cannot be used")


def _parsed(text: Secret, what: str) -> Key:
    try:
        return parse_key(text)
    except VaultError as error:
        raise VaultError(f"{what}: {error.message}", hint=error.hint) from None


def _text(content: bytes) -> Secret:
    return Secret(content.decode("ascii", "replace"))


def _last_words(complaint: bytes) -> str:
    lines = [line.strip() for line in complaint.decode(errors="replace").splitlines() if line.strip()]
    # A command may quote what it works on, the key not excepted.
    return f": {_LIKE_A_SECRET.sub(MASK, lines[-1])[:_SHOWN]}" if lines else ""
