"""What was seen, typed, before anything is concluded from it."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias, TypeVar

import msgspec

from gladly_segment.core.certificate import Certificate
from gladly_segment.core.failures import Failure
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Organization
from gladly_segment.ports.destination import Accepted
from gladly_segment.ports.inspector import JournalView
from gladly_segment.ports.registry import Feed
from gladly_segment.ports.webhooks import Webhook

T = TypeVar("T")


class Unseen(msgspec.Struct, frozen=True):
    """It could not be looked at. `expected`: nobody wanted to, or the reason is a finding of its own."""

    because: str
    expected: bool = False


Seen: TypeAlias = T | Unseen


class SettingSeen(msgspec.Struct, frozen=True):
    """A setting with its value, masked where it is a secret, and where it came from."""

    key: str
    value: str
    origin: str


class Unusable(msgspec.Struct, frozen=True):
    """A declared organization, or the key of all of them (None), that the service could not use."""

    organization: OrganizationId | None
    message: str


class Misbound(msgspec.Struct, frozen=True):
    """An organization whose write key belongs to another place, or the other way round."""

    organization: OrganizationId
    message: str
    hint: str


class FileSeen(msgspec.Struct, frozen=True):
    """A file that holds a secret, with its permission bits."""

    path: str
    mode: int


class Disk(msgspec.Struct, frozen=True, kw_only=True):
    """The place of a data directory; `file_system` is its type's name, empty where unknown."""

    directory: str
    writable: bool
    free_bytes: int
    file_system: str = ""


class JournalBroken(msgspec.Struct, frozen=True):
    """A journal that cannot be used: damaged, or of another version, or not to be read."""

    message: str
    hint: str
    damaged: bool = False


class JournalSeen(msgspec.Struct, frozen=True):
    """A journal: what is in it, and whether there was time to compare all of its structure."""

    view: JournalView
    verified: bool | JournalBroken


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to a request: `date` is the answering clock's, cut to whole seconds; `usable` its body's form."""

    status: int
    sent_at: datetime
    answered_at: datetime
    date: datetime | None = None
    limit: int | None = None
    left: int | None = None
    usable: bool = True

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.answered_at - self.sent_at).total_seconds()


class Unreached(msgspec.Struct, frozen=True):
    """No answer."""

    detail: str


Answer: TypeAlias = Reached | Unreached


class ListenerSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A listener of the service; `setting` is that of its port."""

    url: str
    setting: str
    alive: Answer
    ready: Answer


class ServiceSeen(msgspec.Struct, frozen=True):
    """Whether a service works on the data directory, and what its listeners answer."""

    running: bool
    listeners: Sequence[Seen[ListenerSeen]] = ()


class Trial(msgspec.Struct, frozen=True):
    """What became of a test event; by its `code` a person finds it in Segment's Debugger."""

    code: str
    outcome: Accepted | Failure


class OrganizationSeen(msgspec.Struct, frozen=True, kw_only=True):
    """One organization and its two vendors; `trial` is there when a test event was asked for."""

    organization: Organization
    gladly: Seen[Answer]
    segment: Seen[Answer]
    webhooks: Seen[Sequence[Webhook]]
    feed: Feed
    trial: Trial | None = None

    @property
    def name(self) -> OrganizationId:
        """Its name."""
        return self.organization.name


class Observations(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was seen. `journal` is None where there is none yet.

    `sealed` counts the organizations whose secrets are sealed, `registry` is there when those that were declared by
    command could not be read; `certificates` are those of the last week, ascending by time; `only` is the one that was
    asked about, and `offline` that no vendor was to be asked.
    """

    now: datetime
    settings: Sequence[SettingSeen]
    unusable: Sequence[Unusable]
    sealed: int
    registry: Unseen | None = None
    files: Sequence[Seen[FileSeen]]
    disk: Seen[Disk]
    journal: Seen[JournalSeen | JournalBroken] | None
    journal_max_bytes: int
    retention_days: float
    service: Seen[ServiceSeen]
    organizations: Sequence[OrganizationSeen]
    certificates: Sequence[Certificate] = ()
    same_key: Sequence[Sequence[OrganizationId]] = ()
    misbound: Sequence[Misbound] = ()
    only: OrganizationId | None = None
    offline: bool = False
