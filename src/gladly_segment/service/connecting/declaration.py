"""What is known of an organization before it is connected, and its entry in the registry."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from gladly_segment.config import Settings
from gladly_segment.config.declared import all_settings, declare, open_settings, webhook_of
from gladly_segment.connect.carry_out import Known
from gladly_segment.core.credentials import WebhookCredentials
from gladly_segment.core.errors import VaultError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.registry import Binding, Declared
from gladly_segment.service.beside import FullRegistry, has_journal, registering
from gladly_segment.service.vault import open_vault, vault_to_seal_with


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """What the registry knows: nothing where there is none; `closed` says why secrets could not be opened, if so."""

    declared: Declared | None = None
    settings: Mapping[str, Any] = {}
    closed: VaultError | None = None
    webhook: WebhookCredentials = WebhookCredentials()
    webhook_id: str | None = None
    bindings: Sequence[Binding] = ()


async def look_before(name: OrganizationId, settings: Settings) -> Before:
    """Read what is known, and make nothing. Raises GladlySegmentError."""
    if not has_journal(settings.data_dir):
        return Before()
    async with registering(settings.data_dir) as registry:
        declared = next((each for each in await registry.declared() if each.name == name), None)
        before = Before() if declared is None else await _opened(declared, settings)
        webhook_id = (await registry.feed(name)).webhook_id
        return msgspec.structs.replace(before, webhook_id=webhook_id, bindings=await registry.bindings())


async def _opened(declared: Declared, settings: Settings) -> Before:
    try:
        known, closed = all_settings(declared, await asyncio.to_thread(open_vault, settings)), None
    except VaultError as error:
        # What cannot be opened any more can be given again.
        known, closed = open_settings(declared), error
    return Before(declared=declared, settings=known, closed=closed, webhook=webhook_of(declared))


class RegistryDeclaration:
    """The declaration port on the registry."""

    def __init__(
        self,
        name: OrganizationId,
        wished: Mapping[str, Any],
        before: Before,
        *,
        registry: FullRegistry,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self.made_key: Path | None = None
        """The key file, if one had to be made."""
        self._name = name
        self._wished = wished
        self._before = before
        self._registry = registry
        self._settings = settings
        self._clock = clock

    @property
    def known(self) -> Known | None:
        """See the port."""
        if self._before.declared is None:
            return None
        return Known(self._before.webhook, dict(self._before.settings) == dict(self._wished))

    async def declare(self, credentials: WebhookCredentials) -> None:
        """See the port. The vault is opened each time, since a rotation may come in between."""
        vault, made = await vault_to_seal_with(self._settings, self._registry)
        self.made_key = self.made_key or made
        await self._registry.declare(declare(self._name, self._wished, credentials, vault, self._clock.now()))

    async def restore(self) -> None:
        """See the port."""
        if self._before.declared is not None:
            await self._registry.declare(self._before.declared)
        else:
            await self._registry.remove(self._name)
