"""What a service knows of its organizations beside their events: kept with the journal, changed while it runs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from gladly_segment.core.ids import OrganizationId


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """An organization as declared by command: `document` is the JSON of its open settings, `sealed` its secrets."""

    name: OrganizationId
    document: bytes
    sealed: bytes
    changed_at: datetime


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """A write key's place, fixed at first use: events of another place must not go there. Only a digest is kept."""

    fingerprint: str
    organization: OrganizationId
    environment: str
    region: str
    bound_at: datetime


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """An organization's webhook as it was last seen; `whole_until`: up to then nothing is missing."""

    organization: OrganizationId
    webhook_id: str | None = None
    whole_until: datetime | None = None
    disabled_since: datetime | None = None


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a person, or the service itself, changed; free of secrets and personal data."""

    at: datetime
    organization: OrganizationId | None
    by: str
    what: str
    detail: str = ""


class Registry(Protocol):
    """Organizations declared by command. Every method of this and the following raises JournalUnavailableError."""

    async def declared(self) -> Sequence[Declared]:
        """Give all, by name."""
        ...

    async def declare(self, declared: Declared) -> None:
        """Add an organization, or put it in the place of the one of its name."""
        ...

    async def redeclare(self, declared: Declared, *, was: Declared) -> bool:
        """Put it in the place of the one of its name, if that is still as it was; tell whether it was."""
        ...

    async def reseal(self, name: OrganizationId, *, was: bytes, sealed: bytes) -> bool:
        """Seal the secrets of one anew, if they are still sealed as they were; tell whether they were."""
        ...

    async def remove(self, name: OrganizationId) -> bool:
        """Take one out with its pause and its feed; tell whether there was one. Its receipts and bindings stay."""
        ...

    async def version(self) -> int:
        """Give a number that changes when another connection changed anything."""
        ...


class Pauses(Protocol):
    """Which organizations stand still, wherever they were declared: their webhooks are taken, nothing more."""

    async def paused(self) -> frozenset[OrganizationId]:
        """Give the names."""
        ...

    async def pause(self, name: OrganizationId, *, paused: bool) -> None:
        """Let one stand still, or go on."""
        ...


class Bindings(Protocol):
    """The wrong-workspace guard."""

    async def bindings(self) -> Sequence[Binding]:
        """Give all."""
        ...

    async def bind(self, binding: Binding) -> None:
        """Fix a write key's place; what was bound to that key, or to that place, is bound no more."""
        ...


class Feeds(Protocol):
    """What is known of the organizations' webhooks."""

    async def feed(self, organization: OrganizationId) -> Feed:
        """Give what was noted last; nothing but the name where nothing was."""
        ...

    async def note_feed(self, feed: Feed) -> None:
        """Note it durably."""
        ...


class AuditTrail(Protocol):
    """Who changed what."""

    async def note_action(self, action: Action) -> None:
        """Note it durably."""
        ...

    async def actions(self, organization: OrganizationId | None, limit: int) -> Sequence[Action]:
        """Give the latest, of one organization or of all, newest first."""
        ...
