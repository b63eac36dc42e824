"""The mapping options of an organization, in the form in which they are set."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from gladly_segment.core.occurrence import ALL_KINDS, EventKind
from gladly_segment.core.organization import Organization
from gladly_segment.core.privacy import Treatment

PRIVACY: Final = ("deny", "hash", "deny_attributes", "hash_attributes", "allow_only_attributes")
"""The settings of the table `privacy` that are options."""


class MappingOptions(msgspec.Struct, frozen=True, kw_only=True):
    """See the settings of the same names; `allow_only_attributes` None sends all that are not named."""

    events: tuple[EventKind, ...] = tuple(EventKind)
    deny: tuple[str, ...] = ()
    hash: tuple[str, ...] = ()
    deny_attributes: tuple[str, ...] = ()
    hash_attributes: tuple[str, ...] = ()
    allow_only_attributes: tuple[str, ...] | None = None

    @property
    def privacy(self) -> Mapping[str, Any]:
        """Give the table `privacy` as it would be set, without what is as by default."""
        lists = ((name, getattr(self, name)) for name in PRIVACY[:-1])
        table: dict[str, Any] = {name: list(names) for name, names in lists if names}
        if self.allow_only_attributes is not None:
            table["allow_only_attributes"] = list(self.allow_only_attributes)
        return table

    @property
    def fields(self) -> Sequence[tuple[str, tuple[str, ...]]]:
        """Give the lists of names, as a form has them."""
        return tuple((name, getattr(self, name) or ()) for name in ("events", *PRIVACY))

    @property
    def sends_all_kinds(self) -> bool:
        """Tell whether `events` is as by default."""
        return frozenset(self.events) == ALL_KINDS


def options_of(organization: Organization) -> MappingOptions:
    """Give the options that an organization runs with."""
    policy = organization.privacy
    only = policy.custom_attributes_default is Treatment.DENY
    return MappingOptions(
        events=tuple(kind for kind in EventKind if kind in organization.events),
        deny=_names(policy.properties, Treatment.DENY),
        hash=_names(policy.properties, Treatment.HASH),
        deny_attributes=() if only else _names(policy.custom_attributes, Treatment.DENY),
        hash_attributes=_names(policy.custom_attributes, Treatment.HASH),
        allow_only_attributes=_names(policy.custom_attributes, Treatment.ALLOW) if only else None,
    )


def _names(treatments: Mapping[str, Treatment], treatment: Treatment) -> tuple[str, ...]:
    return tuple(sorted(name for name, each in treatments.items() if each is treatment))
