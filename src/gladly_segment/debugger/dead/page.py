"""What the dead letters' screen shows, as a page and as JSON."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from gladly_segment.core.ids import MessageId, OrganizationId, Seq
from gladly_segment.core.lifecycle import REMEDIES, ParkCause
from gladly_segment.core.records import History
from gladly_segment.ports.curator import DeadGroup
from gladly_segment.ports.registry import Action

PORTION: Final = 50
"""So many letters are on a page."""

ACTIONS: Final = 50
"""So many of the latest actions are on the page."""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The dead letters of an organization that have the same cause, with what it means and what to do.

    `oldest` and `newest` are times of receiving, `details` what was met in the latest ones.
    """

    organization: OrganizationId
    cause: ParkCause
    meaning: str
    remedy: str
    letters: int
    oldest: datetime
    newest: datetime
    details: tuple[str, ...]

    @classmethod
    def of(cls, group: DeadGroup) -> "Group":
        """Add the remedy."""
        remedy = REMEDIES[group.cause]
        return cls(meaning=remedy.meaning, remedy=remedy.action, **msgspec.structs.asdict(group))


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One dead letter; `detail` says what exactly was met."""

    number: Seq
    organization: OrganizationId
    cause: ParkCause
    detail: str
    event_type: str
    event_id: str
    message_id: MessageId
    received_at: datetime
    occurred_at: datetime | None
    failed_attempts: int

    @classmethod
    def of(cls, history: History) -> "Letter":
        """Give what is shown of it."""
        return cls(
            number=history.seq,
            organization=history.organization,
            cause=ParkCause(history.reason),
            detail=history.detail,
            event_type=history.event_type,
            event_id=history.event_id,
            message_id=history.message_id,
            received_at=history.received_at,
            occurred_at=history.occurred_at,
            failed_attempts=history.attempts_failed,
        )


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What became of what somebody asked for.

    `moved` letters were `retried` or `dropped`; `gone` of those that were named are no dead letters (any more).
    """

    what: str
    moved: int
    gone: int


class DeadPage(msgspec.Struct, frozen=True, kw_only=True):
    """The groups, the letters of the one that is open, and what was done lately.

    `letters` is None where no group is open; they are in log order, and `next_after` begins the next portion. `until`
    is the moment that this was read at: what came later is not meant by what is done to a whole group here. `once`
    comes back with a form, so that it counts once. `done` is what became of the last one.
    """

    organization: OrganizationId | None
    cause: ParkCause | None
    total: int
    groups: tuple[Group, ...]
    letters: tuple[Letter, ...] | None
    first: bool
    next_after: Seq | None
    actions: tuple[Action, ...]
    until: datetime
    once: str
    done: Moved | None

    @property
    def open_group(self) -> Group | None:
        """The group whose letters are shown; None too when the last of them has gone."""
        return self.groups[0] if self.letters is not None and self.groups else None


class ActionList(msgspec.Struct, frozen=True):
    """Who changed what, newest first."""

    actions: Sequence[Action]
