"""Which organizations there are, as the service would find them, read without changing anything."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from gladly_segment.config import Settings
from gladly_segment.config.declared import from_registry, from_settings
from gladly_segment.connect.workspace import BindingIndex, OtherKey, OtherPlace, key_use, wrong_workspace
from gladly_segment.core.errors import GladlySegmentError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Organization
from gladly_segment.doctor.observations import Misbound, Unseen, Unusable
from gladly_segment.journals.sqlite import SqliteRegistry, open_registry
from gladly_segment.ports.inspector import Inspector
from gladly_segment.ports.registry import Binding, Declared, Feed
from gladly_segment.ports.vault import Vault
from gladly_segment.service.vault import open_vault

_KEY_WITHIN_S: Final = 6.0


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Who could be read, and what of the rest stood in the way; see `Observations`."""

    organizations: Mapping[OrganizationId, Organization]
    feeds: Mapping[OrganizationId, Feed] = {}
    unusable: Sequence[Unusable] = ()
    sealed: int = 0
    misbound: Sequence[Misbound] = ()
    registry: Unseen | None = None


async def who_is_known(settings: Settings, inspector: Inspector) -> Known:
    """Read the settings and the registry, as far as that can be done."""
    if not inspector.exists():
        return Known(organizations=_of_settings(settings))
    try:
        async with open_registry(settings.data_dir) as registry:
            return await _read(settings, registry)
    except GladlySegmentError as error:
        return Known(organizations=_of_settings(settings), registry=Unseen(error.message))


async def _read(settings: Settings, registry: SqliteRegistry) -> Known:
    found, unusable = dict(_of_settings(settings)), list[Unusable]()
    declared = await registry.declared()
    vault = await _vault(settings) if declared else None
    if isinstance(vault, Unusable):
        unusable.append(vault)
    elif vault is not None:
        for each in declared:
            _add(found, unusable, each, vault, settings)
    paused = await registry.paused()
    return Known(
        organizations={name: msgspec.structs.replace(each, paused=name in paused) for name, each in found.items()},
        feeds={name: await registry.feed(name) for name in found},
        unusable=unusable,
        sealed=len(declared),
        misbound=_misbound(found.values(), await registry.bindings()),
    )


async def _vault(settings: Settings) -> Vault | Unusable:
    try:
        async with asyncio.timeout(_KEY_WITHIN_S):
            return await asyncio.to_thread(open_vault, settings)
    except GladlySegmentError as error:
        return Unusable(None, error.message)
    except TimeoutError:
        return Unusable(None, f"the key of secrets did not come within {_KEY_WITHIN_S:.0f} s")


def _add(
    found: dict[OrganizationId, Organization],
    unusable: list[Unusable],
    declared: Declared,
    vault: Vault,
    settings: Settings,
) -> None:
    if declared.name in found:
        return
    try:
        found[declared.name] = from_registry(declared, vault, settings)
    except GladlySegmentError as error:
        unusable.append(Unusable(declared.name, error.message))


def _misbound(organizations: Iterable[Organization], bindings: Iterable[Binding]) -> Sequence[Misbound]:
    index, found = BindingIndex(bindings), list[Misbound]()
    for organization in organizations:
        use = key_use(organization.name, organization.segment)
        judgement = index.judge(use)
        if isinstance(judgement, OtherKey | OtherPlace):
            error = wrong_workspace(judgement, use.place)
            found.append(Misbound(organization.name, error.message, error.hint))
    return found


def _of_settings(settings: Settings) -> Mapping[OrganizationId, Organization]:
    return {
        OrganizationId(name): from_settings(OrganizationId(name), each, settings)
        for name, each in settings.organizations.items()
    }
