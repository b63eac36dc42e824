"""Looking into the journal without standing in anybody's way."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from gladly_segment.core.ids import Lane, MessageId, OrganizationId, Seq
from gladly_segment.core.lifecycle import State
from gladly_segment.core.records import History, Source


class Receipts(Protocol):
    """Reads beside the journal's writer and never waits for it, nor lets it wait.

    Every method raises JournalUnavailableError.
    """

    async def receipt(self, seq: Seq) -> History | None:
        """Give a receipt with its history; None where there is none (any more)."""
        ...

    async def lane(self, organization: OrganizationId, lane: Lane) -> Sequence[History]:
        """Give all receipts of a lane with their histories, in log order."""
        ...

    async def ahead(self, seqs: Sequence[Seq]) -> Mapping[Seq, int]:
        """Tell how many receipts of its organization come before one that waits for Gladly; others are left out."""
        ...


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt as it stands now, in its state since `entered_at`.

    `attempts` were made by the stage that has it, or had it last: 1 for what went through at once.
    """

    seq: Seq
    organization: OrganizationId
    lane: Lane
    event_type: str
    event_id: str
    occurred_at: datetime | None
    received_at: datetime
    entered_at: datetime
    source: Source
    state: State
    reason: str
    attempts: int
    message_id: MessageId
    body: bytes
    payload: bytes


class Portion(msgspec.Struct, frozen=True, kw_only=True):
    """What changed up to a number of the change log: receipts as they stand now, and such as are there no more."""

    until: int
    receipts: Sequence[Standing]
    gone: Sequence[Seq]


class Missed(msgspec.Struct, frozen=True):
    """The change log begins later than was asked for, or is another one: only reading everything again helps."""


class Changes(Protocol):
    """The journal's change log, for whoever keeps a copy of the journal in another form.

    It is bounded: whoever falls too far behind is told so. Every method raises JournalUnavailableError.
    """

    async def head(self) -> int:
        """Give the number of the latest change, 0 where there never was one."""
        ...

    async def last(self) -> Seq:
        """Give the place of the last receipt in the log, 0 where there is none."""
        ...

    async def after(self, number: int, limit: int) -> Portion | Missed:
        """Give what up to `limit` changes behind a number were about."""
        ...

    async def walk(self, after: Seq, limit: int) -> Sequence[Standing]:
        """Give up to `limit` receipts behind a place in the log, in its order; none at its end."""
        ...

    async def trim(self, keep: int) -> None:
        """Forget all but the latest `keep` changes; at least one stays."""
        ...
