"""Envelope encryption: each record has a data key of its own, which is wrapped for one or more key-encryption keys.

A record is `version, number of wraps, wraps, nonce, ciphertext`; a wrap is `key id, nonce, wrapped data key`. All
ciphers are AES-256-GCM. A wrap is bound to the version and its key id, the content to the version and its context. A
data key seals one record and is drawn at random, so that neither nonces nor records can meet.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gladly_segment.core.errors import VaultError
from gladly_segment.core.secret import Secret
from gladly_segment.vault.keys import KEY_BYTES, KEY_ID_BYTES, Key, KeyId, Keyring

_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_WRAP_BYTES: Final = KEY_ID_BYTES + _NONCE_BYTES + KEY_BYTES + _TAG_BYTES
_HEAD_BYTES: Final = 2

_DAMAGED: Final = "connect the organization again, or restore a backup"


class _Wrap(msgspec.Struct, frozen=True):
    key_id: bytes
    nonce: bytes
    wrapped: bytes


class _Record(msgspec.Struct, frozen=True):
    wraps: tuple[_Wrap, ...]
    content: bytes


class EnvelopeVault:
    """The vault port on a keyring."""

    def __init__(self, keys: Keyring, draw: Callable[[int], bytes] = os.urandom) -> None:
        """`draw` gives so many unguessable bytes."""
        self._keys = keys
        self._draw = draw

    def seal(self, secrets: Mapping[str, Secret], *, context: str) -> bytes:
        """See the port: sealed for the current key."""
        plain = msgspec.msgpack.encode({name: secret.reveal() for name, secret in secrets.items()})
        data_key, nonce = self._draw(KEY_BYTES), self._draw(_NONCE_BYTES)
        content = nonce + AESGCM(data_key).encrypt(nonce, plain, _content_bound_to(context))
        return _written(_Record((self._wrap(data_key, self._keys.current),), content))

    def open(self, sealed: bytes, *, context: str) -> Mapping[str, Secret]:
        """See the port: any key of the ring opens."""
        record = _read(sealed, context)
        nonce, ciphertext = record.content[:_NONCE_BYTES], record.content[_NONCE_BYTES:]
        try:
            plain = AESGCM(self._data_key(record, context)).decrypt(nonce, ciphertext, _content_bound_to(context))
        except InvalidTag:
            raise _damaged(context) from None
        found = msgspec.msgpack.decode(plain, type=dict[str, str])
        return {name: Secret(text) for name, text in found.items()}

    def rewrap(self, sealed: bytes, *, context: str, also: Key | None = None) -> bytes:
        """Seal a record for the current key alone, or `also` for another one: no other key opens it any more.

        The content stays byte for byte, and a record that is so already stays as a whole. Raises VaultError.
        """
        keys = [self._keys.current]
        if also is not None and also != self._keys.current:
            keys.append(also)
        if key_ids(sealed, context=context) == tuple(key.id for key in keys):
            return sealed
        record = _read(sealed, context)
        data_key = self._data_key(record, context)
        return _written(_Record(tuple(self._wrap(data_key, key) for key in keys), record.content))

    def _wrap(self, data_key: bytes, key: Key) -> _Wrap:
        key_id, nonce = bytes.fromhex(key.id), self._draw(_NONCE_BYTES)
        return _Wrap(key_id, nonce, AESGCM(key.reveal()).encrypt(nonce, data_key, _VERSION + key_id))

    def _data_key(self, record: _Record, context: str) -> bytes:
        for wrap in record.wraps:
            key = self._keys.find(KeyId(wrap.key_id.hex()))
            if key is not None:
                try:
                    return AESGCM(key.reveal()).decrypt(wrap.nonce, wrap.wrapped, _VERSION + wrap.key_id)
                except InvalidTag:
                    raise _damaged(context) from None
        names = " and ".join(wrap.key_id.hex() for wrap in record.wraps)
        raise VaultError(
            f"the secrets of {context} are sealed with the key {names}, which is not among those that are set",
            hint="set it under [secrets], as a previous one if there is a newer, or connect the organization again",
        )


def key_ids(sealed: bytes, *, context: str) -> Sequence[KeyId]:
    """Tell for which keys a record is sealed. Raises VaultError."""
    return tuple(KeyId(wrap.key_id.hex()) for wrap in _read(sealed, context).wraps)


def _content_bound_to(context: str) -> bytes:
    return _VERSION + context.encode()


def _written(record: _Record) -> bytes:
    wraps = b"".join(wrap.key_id + wrap.nonce + wrap.wrapped for wrap in record.wraps)
    return _VERSION + bytes([len(record.wraps)]) + wraps + record.content


def _read(sealed: bytes, context: str) -> _Record:
    if sealed[:1] > _VERSION:
        raise VaultError(f"the secrets of {context} were sealed by a newer version", hint="run that version")
    count = sealed[1] if len(sealed) >= _HEAD_BYTES else 0
    end = _HEAD_BYTES + count * _WRAP_BYTES
    if sealed[:1] != _VERSION or count == 0 or len(sealed) < end + _NONCE_BYTES + _TAG_BYTES:
        raise _damaged(context)
    starts = range(_HEAD_BYTES, end, _WRAP_BYTES)
    return _Record(tuple(_read_wrap(sealed[start : start + _WRAP_BYTES]) for start in starts), sealed[end:])


def _read_wrap(wrap: bytes) -> _Wrap:
    nonce_end = KEY_ID_BYTES + _NONCE_BYTES
    return _Wrap(wrap[:KEY_ID_BYTES], wrap[KEY_ID_BYTES:nonce_end], wrap[nonce_end:])


def _damaged(context: str) -> VaultError:
    return VaultError(f"the secrets of {context} are damaged, or are another organization's", hint=_DAMAGED)
