"""The vault of a service, from its settings."""

import asyncio
from pathlib import Path

from gladly_segment.config import Settings
from gladly_segment.ports.registry import Registry
from gladly_segment.ports.vault import Vault
from gladly_segment.vault import EnvelopeVault, KeySources, ensure_key, load_keys
from gladly_segment.vault.rotation import KeyUse, Progress, Rotation, key_use, rotate, rotate_towards

__all__ = [
    "KeySources",
    "KeyUse",
    "Progress",
    "Rotation",
    "key_use",
    "open_vault",
    "rotate",
    "rotate_towards",
    "vault_to_seal_with",
]


def open_vault(settings: Settings) -> Vault:
    """Load the keys and give the vault; a key command may take 20 s. Raises VaultError."""
    return EnvelopeVault(load_keys(settings.secrets.sources(settings.data_dir)))


async def vault_to_seal_with(settings: Settings, registry: Registry) -> tuple[Vault, Path | None]:
    """Give the vault for sealing. Where nothing is sealed yet and there is no key, its file is made; its path is told.

    Seal and declare right afterwards, without asking anybody: a rotation may be under way. Raises VaultError.
    """
    made = None if await registry.declared() else ensure_key(settings.secrets.sources(settings.data_dir))
    return await asyncio.to_thread(open_vault, settings), made
