"""From one key to another, so that at every moment whatever key the service has opens every record.

First each record is sealed for both keys, then the new key takes the place of the former, and only then the former is
locked out. Each step is durable by itself; cut short, rotating again does the rest.
"""

import os
from collections import Counter
from collections.abc import Callable, Mapping
from enum import Enum, auto
from pathlib import Path

import msgspec

from gladly_segment.core.errors import InputError, VaultError
from gladly_segment.ports.registry import Declared, Registry
from gladly_segment.vault.envelope import EnvelopeVault, key_ids
from gladly_segment.vault.keys import Key, KeyId, Keyring
from gladly_segment.vault.sources import KeyFile, KeySources, create_key_file, load_keys, read_key_file, sync_directory


class Progress(Enum):
    """How far a rotation has come."""

    BOTH_OPEN = auto()
    """The records open with the former key and with the new one, which is not in the settings yet."""
    DONE = auto()
    """Only the current key opens them."""


class Rotation(msgspec.Struct, frozen=True):
    """What became of a rotation: `key` is the new one, `records` how many there are and `changed` how many were."""

    progress: Progress
    key: KeyId
    records: int
    changed: int


class KeyUse(msgspec.Struct, frozen=True):
    """How many records each key opens, and the organizations whose records are opened by none that is set."""

    keys: Keyring
    records: Mapping[KeyId, int]
    closed: tuple[str, ...]


async def key_use(registry: Registry, sources: KeySources) -> KeyUse:
    """Tell which keys seal the records. Raises VaultError."""
    keys = load_keys(sources)
    records, closed = Counter[KeyId](), list[str]()
    for declared in await registry.declared():
        names = key_ids(declared.sealed, context=declared.name)
        records.update(names)
        if not any(keys.find(name) for name in names):
            closed.append(declared.name)
    return KeyUse(keys, records, tuple(closed))


async def rotate_towards(
    registry: Registry, sources: KeySources, new_key_file: Path, draw: Callable[[int], bytes] = os.urandom
) -> Rotation:
    """Let a key of another file, which is made where there is none, open all records as well.

    Once it is the current key of the sources, it locks out all others instead. Raises VaultError.
    """
    new = _read_or_make(new_key_file, draw)
    keys = load_keys(sources)
    if new == keys.current:
        return await _lock_out(registry, keys)
    records, changed = await _rewrap(registry, Keyring(keys.current, (*keys.previous, new)), also=new)
    return Rotation(Progress.BOTH_OPEN, new.id, records, changed)


async def rotate(registry: Registry, sources: KeySources, draw: Callable[[int], bytes] = os.urandom) -> Rotation:
    """Finish a rotation that was begun; if none was, put a new key in the place of the one in the key file.

    Raises VaultError, and InputError when the key is not in a file and so cannot be replaced from here.
    """
    keys = load_keys(sources)
    file = _file_of(sources)
    if file is None or not _is_there(_coming(file)):
        finished = await _lock_out(registry, keys)
        if finished.changed:
            return finished
    if file is None:
        raise InputError(
            "the key is not in a file, so it cannot be replaced from here", hint="give --new-key-file for a new one"
        )
    new = _read_or_make(_coming(file), draw)
    await _rewrap(registry, Keyring(keys.current, (*keys.previous, new)), also=new)
    _replace(file, _coming(file))
    return await _lock_out(registry, Keyring(new, (keys.current,)))


async def _lock_out(registry: Registry, keys: Keyring) -> Rotation:
    records, changed = await _rewrap(registry, keys, also=None)
    return Rotation(Progress.DONE, keys.current.id, records, changed)


async def _rewrap(registry: Registry, keys: Keyring, *, also: Key | None) -> tuple[int, int]:
    """Seal all records for the current key and another; tell how many there are, and how many were not so before."""
    vault, total = EnvelopeVault(keys), 0
    while True:
        records = await registry.declared()
        stale = [each for each in records if _rewrapped(vault, each, also) != each.sealed]
        # Nothing is changed before all are known to open, and looked at again: others may declare meanwhile.
        if not stale:
            return len(records), total
        for each in stale:
            total += await _rewrap_one(registry, vault, each, also)


async def _rewrap_one(registry: Registry, vault: EnvelopeVault, known: Declared, also: Key | None) -> bool:
    return await registry.reseal(known.name, was=known.sealed, sealed=_rewrapped(vault, known, also))


def _rewrapped(vault: EnvelopeVault, declared: Declared, also: Key | None) -> bytes:
    return vault.rewrap(declared.sealed, context=declared.name, also=also)


def _file_of(sources: KeySources) -> Path | None:
    # What a link leads to is replaced, not the link.
    return sources.current.path.resolve() if isinstance(sources.current, KeyFile) else None


def _is_there(file: Path) -> bool:
    return file.exists()


def _read_or_make(file: Path, draw: Callable[[int], bytes]) -> Key:
    return read_key_file(file) if file.exists() else create_key_file(file, draw)


def _coming(file: Path) -> Path:
    return file.with_name(f"{file.name}.new")


def _replace(file: Path, coming: Path) -> None:
    try:
        former = file.stat()
        if former.st_uid != coming.stat().st_uid:
            os.chown(coming, former.st_uid, former.st_gid)
        coming.replace(file)
        sync_directory(file.parent)
    except OSError as error:
        raise VaultError(
            f"the key file {file} cannot be replaced: {error.strerror}", hint="give --new-key-file for a new one"
        ) from None
