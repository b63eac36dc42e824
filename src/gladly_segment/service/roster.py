"""Which organizations there are just now: those of the settings, and those declared by command."""

import asyncio
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from gladly_segment.config import Settings
from gladly_segment.config.declared import from_registry, from_settings
from gladly_segment.connect.workspace import hold_to_workspaces
from gladly_segment.core.errors import GladlySegmentError, VaultError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Organization
from gladly_segment.core.signals import SettingsTrouble
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.observer import Observer
from gladly_segment.ports.registry import Bindings, Declared, Pauses, Registry
from gladly_segment.ports.vault import Vault


class RosterRegistry(Registry, Pauses, Bindings, Protocol):
    """The registry as the roster reads it."""


class SettingsSource(Protocol):
    """Where the settings come from."""

    @property
    def file(self) -> Path | None:
        """The settings file, if there is one."""
        ...

    def load(self) -> Settings:
        """Read them. Raises GladlySegmentError."""
        ...

    def stamp(self) -> Hashable:
        """Give what is different once they have changed."""
        ...


class Roster:
    """Reads the organizations, again and again. Other settings stay as they were at the start."""

    def __init__(
        self,
        settings: Settings,
        source: SettingsSource | None,
        registry: RosterRegistry,
        open_vault: Callable[[], Vault],
        clock: Clock,
        observer: Observer,
    ) -> None:
        """Without `source` the settings never change. `open_vault` may block: it is called in a thread, when needed."""
        self._settings = settings
        self._source = source
        self._registry = registry
        self._open_vault = open_vault
        self._clock = clock
        self._observer = observer
        self._vault: Vault | None = None
        self._known: Mapping[OrganizationId, Organization] = {}
        self._told: set[SettingsTrouble] = set()
        self._standing: set[SettingsTrouble] = set()
        self._seen: Hashable = self._stamp()
        self._version: int | None = None

    @property
    def settings(self) -> Settings:
        """The settings as they could be read last."""
        return self._settings

    async def changed(self) -> bool:
        """Tell whether anything may have changed since the last time."""
        seen, version = self._stamp(), await self._registry.version()
        changed = (seen, version) != (self._seen, self._version)
        if seen != self._seen:
            self._reload()
        self._seen, self._version = seen, version
        return changed

    def reread(self) -> None:
        """Have the settings read again at the next look, whether they seem to have changed or not."""
        self._seen = None

    async def read(self) -> Mapping[OrganizationId, Organization]:
        """Give all organizations. One whose declaration cannot be used stays as it was, and that is told."""
        paused, declared = await self._registry.paused(), await self._registry.declared()
        found = {
            OrganizationId(name): from_settings(OrganizationId(name), each, self._settings)
            for name, each in self._settings.organizations.items()
        }
        found |= await self._opened([each for each in declared if each.name not in found])
        wrong = await hold_to_workspaces(self._registry, found.values(), self._clock.now())
        for name, error in wrong.items():
            # Its events wait: they would go to a workspace that is another's.
            self._tell(SettingsTrouble(name, f"{error.message}; {error.hint}"))
        self._told, self._standing = self._standing, set()
        self._known = {
            name: msgspec.structs.replace(each, paused=name in paused or name in wrong) for name, each in found.items()
        }
        return self._known

    def _tell(self, trouble: SettingsTrouble) -> None:
        """Tell of trouble, unless it was told at the last reading."""
        self._standing.add(trouble)
        if trouble not in self._told:
            self._observer.emit(trouble)

    def _stamp(self) -> Hashable:
        return self._source.stamp() if self._source is not None else None

    def _reload(self) -> None:
        if self._source is None:
            return
        try:
            self._settings = self._source.load()
        except GladlySegmentError as error:
            self._observer.emit(SettingsTrouble(None, error.message))

    async def _opened(self, declared: Sequence[Declared]) -> dict[OrganizationId, Organization]:
        if not declared:
            return {}
        try:
            vault = self._vault or await asyncio.to_thread(self._open_vault)
            if not _opens_all(vault, declared):
                # The key may have been changed meanwhile.
                vault = await asyncio.to_thread(self._open_vault)
        except GladlySegmentError as error:
            self._tell(SettingsTrouble(None, error.message))
            return self._as_before(each.name for each in declared)
        self._vault = vault
        return {name: each for one in declared for name, each in self._open(one, vault).items()}

    def _open(self, declared: Declared, vault: Vault) -> dict[OrganizationId, Organization]:
        try:
            return {declared.name: from_registry(declared, vault, self._settings)}
        except GladlySegmentError as error:
            self._tell(SettingsTrouble(declared.name, error.message))
            return self._as_before([declared.name])

    def _as_before(self, names: Iterable[OrganizationId]) -> dict[OrganizationId, Organization]:
        return {name: self._known[name] for name in names if name in self._known}


def _opens_all(vault: Vault, declared: Sequence[Declared]) -> bool:
    try:
        for each in declared:
            vault.open(each.sealed, context=each.name)
    except VaultError:
        return False
    return True
