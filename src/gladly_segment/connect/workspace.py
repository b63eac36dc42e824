"""The wrong-workspace guard: a write key is bound to an organization, an environment and a region on first use."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, Protocol, TypeAlias

import msgspec

from gladly_segment.core.errors import WrongWorkspaceError
from gladly_segment.core.fingerprint import fingerprint
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.moments import format_moment
from gladly_segment.core.organization import Organization, SegmentAccess
from gladly_segment.ports.registry import Action, AuditTrail, Binding, Bindings

BY_PERSON: Final = "person"

_SHOWN_DIGITS: Final = 8


class Place(msgspec.Struct, frozen=True):
    """What a write key is bound to."""

    organization: OrganizationId
    environment: str
    region: str

    def __str__(self) -> str:
        return f"{self.organization} ({self.environment}, {self.region})"


class KeyUse(msgspec.Struct, frozen=True):
    """A write key, by its fingerprint, and where it is to be used."""

    place: Place
    fingerprint: str


class Free(msgspec.Struct, frozen=True):
    """Neither the place nor the key is bound."""


class Bound(msgspec.Struct, frozen=True):
    """The key is bound to this very place."""


class OtherKey(msgspec.Struct, frozen=True):
    """Another key is bound to this place."""

    binding: Binding


class OtherPlace(msgspec.Struct, frozen=True):
    """The key is bound to another place."""

    binding: Binding


Judgement: TypeAlias = Free | Bound | OtherKey | OtherPlace


class BindingsAndTrail(Bindings, AuditTrail, Protocol):
    """The bindings, and where their changes are noted."""


def key_use(organization: OrganizationId, segment: SegmentAccess) -> KeyUse:
    """Tell which write key an organization uses, and where."""
    return KeyUse(Place(organization, segment.environment, segment.region), fingerprint(segment.write_key))


def judge(use: KeyUse, bindings: Iterable[Binding]) -> Judgement:
    """Compare the use of a write key with what is bound."""
    return BindingIndex(bindings).judge(use)


class BindingIndex:
    """What is bound, to be looked up by key and by place."""

    def __init__(self, bindings: Iterable[Binding]) -> None:
        self._by_key: dict[str, Binding] = {}
        self._by_place: dict[Place, Binding] = {}
        for binding in bindings:
            self.add(binding)

    def add(self, binding: Binding) -> None:
        """Bind a key where neither it nor its place is bound."""
        self._by_key[binding.fingerprint] = binding
        self._by_place[_place_of(binding)] = binding

    def judge(self, use: KeyUse) -> Judgement:
        """Compare the use of a write key with what is bound."""
        binding = self._by_key.get(use.fingerprint)
        if binding is not None:
            return Bound() if _place_of(binding) == use.place else OtherPlace(binding)
        other = self._by_place.get(use.place)
        return Free() if other is None else OtherKey(other)


async def hold_to_workspaces(
    registry: Bindings, organizations: Iterable[Organization], now: datetime
) -> Mapping[OrganizationId, WrongWorkspaceError]:
    """Bind write keys on first use, and give those organizations whose key, or place, is bound otherwise.

    Called before events are sent, for organizations of the settings too: none of the given ones may send any.
    """
    index, free = BindingIndex(await registry.bindings()), list[Binding]()
    wrong: dict[OrganizationId, WrongWorkspaceError] = {}
    for organization in organizations:
        use = key_use(organization.name, organization.segment)
        judgement = index.judge(use)
        if isinstance(judgement, Free):
            free.append(_binding(use, now))
            index.add(free[-1])
        elif isinstance(judgement, OtherKey | OtherPlace):
            wrong[organization.name] = wrong_workspace(judgement, use.place)
    # Side by side, since each is to be durable.
    await asyncio.gather(*(registry.bind(binding) for binding in free))
    return wrong


async def bind_anew(registry: BindingsAndTrail, use: KeyUse, now: datetime, *, by: str = BY_PERSON) -> Judgement:
    """Bind a write key whatever is bound, and note who did it; give the judgement on what was bound before."""
    judgement = judge(use, await registry.bindings())
    if isinstance(judgement, Bound):
        return judgement
    await registry.bind(_binding(use, now))
    await registry.note_action(
        Action(
            at=now,
            organization=use.place.organization,
            by=by,
            what="write_key_bound" if isinstance(judgement, Free) else "write_key_changed",
            detail=_told(judgement, use),
        )
    )
    return judgement


def wrong_workspace(judgement: OtherKey | OtherPlace, place: Place) -> WrongWorkspaceError:
    """Say what is bound, and what to do."""
    since = format_moment(judgement.binding.bound_at)
    if isinstance(judgement, OtherKey):
        return WrongWorkspaceError(
            f"{place} is bound to another write key since {since}",
            hint="use that key; if the events are to go to another source from now on, run gladly-segment connect "
            f"{place.organization} --change-write-key",
        )
    return WrongWorkspaceError(
        f"this write key is bound to {_place_of(judgement.binding)} since {since}, and not to {place}",
        hint=f"make a source of its own in Segment for {place}; if the key is to change its place, run gladly-segment "
        f"connect {place.organization} --change-write-key",
    )


def _place_of(binding: Binding) -> Place:
    return Place(binding.organization, binding.environment, binding.region)


def _binding(use: KeyUse, now: datetime) -> Binding:
    return Binding(
        fingerprint=use.fingerprint,
        organization=use.place.organization,
        environment=use.place.environment,
        region=use.place.region,
        bound_at=now,
    )


def _told(judgement: Free | OtherKey | OtherPlace, use: KeyUse) -> str:
    key = use.fingerprint[:_SHOWN_DIGITS]
    match judgement:
        case OtherKey(former):
            return f"key {key} for {use.place}, in the place of key {former.fingerprint[:_SHOWN_DIGITS]}"
        case OtherPlace(former):
            return f"key {key} for {use.place}, no more for {_place_of(former)}"
        case Free():
            return f"key {key} for {use.place}"
