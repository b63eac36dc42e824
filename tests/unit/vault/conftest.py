import hashlib
from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path

import pytest

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.secret import Secret
from gladly_segment.journals.sqlite import SqliteRegistry, open_registry
from gladly_segment.ports.registry import Declared
from gladly_segment.vault import EnvelopeVault, Key, Keyring
from tests.support.clock import START

SECRETS = {"gladly_token": Secret("canary-token"), "segment_write_key": Secret("canary-write-key")}


def key(name: str) -> Key:
    """A key of its own for each name."""
    return Key(hashlib.sha256(name.encode()).digest())


def vault(*names: str) -> EnvelopeVault:
    """A vault whose first key is current."""
    current, *previous = (key(name) for name in names)
    return EnvelopeVault(Keyring(current, tuple(previous)))


def drawn() -> Callable[[int], bytes]:
    """A draw that never repeats itself and is the same in each run."""
    numbers = count()
    return lambda length: hashlib.shake_256(str(next(numbers)).encode()).digest(length)


def sealed(name: str, *keys: str) -> Declared:
    """An organization whose secrets are sealed with the first of some keys."""
    return Declared(
        name=OrganizationId(name),
        document=b"{}",
        sealed=vault(*keys).seal(SECRETS, context=name),
        changed_at=START,
    )


def write_key(file: Path, which: Key) -> Path:
    file.write_text(which.text().reveal())
    file.chmod(0o600)
    return file


@pytest.fixture
async def registry(tmp_path: Path) -> AsyncIterator[SqliteRegistry]:
    async with open_registry(tmp_path / "data") as opened:
        yield opened
