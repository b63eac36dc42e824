"""Secrets at rest: sealed with a key of their own, which a key from outside wraps."""

from gladly_segment.vault.envelope import EnvelopeVault, key_ids
from gladly_segment.vault.keys import Key, KeyId, Keyring, generate_key, parse_key
from gladly_segment.vault.sources import (
    KeyCommand,
    KeyFile,
    KeySources,
    KeyText,
    create_key_file,
    ensure_key,
    load_keys,
    read_key_file,
)

__all__ = [
    "EnvelopeVault",
    "Key",
    "KeyCommand",
    "KeyFile",
    "KeyId",
    "KeySources",
    "KeyText",
    "Keyring",
    "create_key_file",
    "ensure_key",
    "generate_key",
    "key_ids",
    "load_keys",
    "parse_key",
    "read_key_file",
]
