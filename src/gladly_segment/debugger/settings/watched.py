"""What the settings' screen is given to show and to change."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias

import msgspec

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.secret import Secret
from gladly_segment.debugger.wrong import Wrong
from gladly_segment.ports.registry import Action

SET, NOT_SET = "set", "not set"
"""All that is ever shown of a secret."""


class Form(StrEnum):
    """How a setting is typed."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    NAMES = "names"
    """Several, with commas in between; `[]` for none at all where that is not the default."""
    SECRET = "secret"  # noqa: S105 - its name


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting: its key, within the organization where it is one's; its value and its default as TOML.

    `typed` is the value as it stands in a field, empty for the default, and `counts` what counts then. `origin` is
    `file:line`, a variable, `declared` or `default`. `line` is how it would stand in the settings file, below `table`.
    """

    key: str
    value: str
    typed: str
    counts: str
    default: str
    origin: str
    meaning: str
    form: Form
    choices: tuple[str, ...] = ()
    is_required: bool = False
    table: str
    line: str


class WebhookLogin(msgspec.Struct, frozen=True, kw_only=True):
    """What proves that a webhook comes from Gladly: the path it leads to, and what is sent along, without secrets."""

    path: str
    username: str
    passwords: int
    headers: tuple[str, ...]
    id: str = ""


class OrganizationView(msgspec.Struct, frozen=True, kw_only=True):
    """An organization with its settings. `version` is other once somebody changed it; `is_of_file`: only read here."""

    name: OrganizationId
    is_of_file: bool
    is_paused: bool
    version: str
    changed_at: datetime | None
    settings: tuple[Setting, ...]
    webhook: WebhookLogin
    actions: tuple[Action, ...]


class Changed(msgspec.Struct, frozen=True):
    """The keys that were changed, which may be none; `code` marks a test event to be looked for, empty for none."""

    keys: tuple[str, ...]
    code: str = ""


class Rejected(msgspec.Struct, frozen=True):
    """Nothing was changed, for these reasons."""

    wrongs: tuple[Wrong, ...]


class Stale(msgspec.Struct, frozen=True):
    """Somebody changed it meanwhile."""


Outcome: TypeAlias = Changed | Rejected | Stale


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change of an organization as it was at a version, and who wants it.

    `may_change_key`: events may go to another source from now on.
    """

    organization: OrganizationId
    version: str
    may_change_key: bool
    by: str


class Settable(Protocol):
    """The running service. Every method raises JournalUnavailableError."""

    async def service(self) -> Sequence[Setting]:
        """Give the settings of the whole service."""
        ...

    async def organization(self, name: OrganizationId) -> OrganizationView | None:
        """Give one with its settings; None for a name that is not known."""
        ...

    async def change(self, change: Change, typed: Mapping[str, str]) -> Outcome:
        """Put settings in the place of what is there, by their keys; an empty text is the default."""
        ...

    async def replace(self, change: Change, key: str, secret: Secret, *, unchecked: bool) -> Outcome:
        """Put a secret in the place of what is there, once its vendor takes it."""
        ...

    async def renew(self, name: OrganizationId, by: str) -> str | Rejected:
        """Begin to give the webhook new credentials, here and at Gladly; the id of the run."""
        ...
