"""What the journal's contract says, as plain lists: nothing is durable, nothing waits, nothing is fast."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from gladly_segment.core.errors import StaleClaimError
from gladly_segment.core.ids import Lane, MessageId, OrganizationId, ReceiptKey, Seq
from gladly_segment.core.lifecycle import PRIORITIES, Priority, Stage, State, Traffic
from gladly_segment.core.records import (
    Appended,
    Deferred,
    Delivered,
    Entry,
    Ignored,
    MadeReady,
    Parked,
    Receipt,
    Settlement,
    Suppressed,
)

_STATE_OF: Final = {Stage.ENRICH: State.RECEIVED, Stage.DELIVER: State.READY}
_WAYS: Final[Mapping[State, tuple[type[Settlement], ...]]] = {
    State.RECEIVED: (MadeReady, Suppressed, Ignored, Parked, Deferred),
    State.READY: (Delivered, Parked, Deferred),
}


class Stand(msgspec.Struct, frozen=True):
    """How many receipts stand in a state for a reason."""

    organization: OrganizationId
    state: State
    reason: str
    count: int


class Kept(msgspec.Struct, kw_only=True):
    """One receipt and where it stands; `place` is its place in the log."""

    place: int
    receipt: Receipt
    priority: Priority
    state: State
    reason: str
    entered_at: datetime
    due_at: datetime
    attempts: int = 0
    payload: bytes = b""
    message_id: MessageId = MessageId("")
    claimed: bool = False

    @property
    def open(self) -> bool:
        return self.state in _WAYS

    def entry(self, seq: Seq) -> Entry:
        """Give what a stage that claims it must be handed."""
        return Entry(
            seq=seq,
            organization=self.receipt.organization,
            key=self.receipt.key,
            lane=self.receipt.lane,
            event_type=self.receipt.event_type,
            source=self.receipt.source,
            state=self.state,
            entered_at=self.entered_at,
            received_at=self.receipt.received_at,
            attempts=self.attempts,
            body=self.receipt.body,
            payload=self.payload,
            message_id=self.message_id,
        )


class JournalModel:
    """The journal port without waiting; times are passed in."""

    def __init__(self) -> None:
        self.log: list[Kept] = []
        self._forgotten: set[tuple[OrganizationId, ReceiptKey]] = set()
        self._ever = 0

    def append(self, receipt: Receipt) -> Appended:
        named = (receipt.organization, receipt.key)
        if named in self._forgotten:
            return Appended.DUPLICATE
        if receipt.state in _WAYS:
            self._pull_up(receipt)
        if any((kept.receipt.organization, kept.receipt.key) == named for kept in self.log):
            return Appended.DUPLICATE
        self.log.append(
            Kept(
                place=self._ever,
                receipt=receipt,
                priority=receipt.priority,
                state=receipt.state,
                reason=receipt.reason or "",
                entered_at=receipt.received_at,
                due_at=receipt.received_at,
            )
        )
        self._ever += 1
        return Appended.NEW

    def _pull_up(self, receipt: Receipt) -> None:
        place = receipt.organization, receipt.lane
        for kept in self.log:
            if kept.open and (kept.receipt.organization, kept.receipt.lane) == place:
                kept.priority = min(kept.priority, receipt.priority)

    def forget(self) -> None:
        """Forget all that ended."""
        self._forgotten.update((kept.receipt.organization, kept.receipt.key) for kept in self.log if not kept.open)
        self.log = [kept for kept in self.log if kept.open]

    def due(
        self, stage: Stage, organization: OrganizationId, now: datetime, traffic: Traffic | None = None
    ) -> Sequence[Kept]:
        """Give what a worker of the stage can be handed, earliest first."""
        mine = [kept for kept in self.log if kept.receipt.organization == organization]
        free = [kept for kept in mine if kept.state is _STATE_OF[stage] and not kept.claimed and kept.due_at <= now]
        if stage is Stage.DELIVER:
            free = [kept for kept in free if kept is _head(mine, kept.receipt.lane)]
        if traffic is not None:
            free = [kept for kept in free if kept.priority in PRIORITIES[traffic]]
        return sorted(free, key=lambda kept: (kept.priority, kept.due_at, kept.place))

    def settle(self, pairs: Iterable[tuple[Kept, Settlement]], now: datetime) -> None:
        """Raises StaleClaimError, having changed nothing."""
        pairs = list(pairs)
        for kept, settlement in pairs:
            if not kept.claimed or type(settlement) not in _WAYS[kept.state]:
                raise StaleClaimError("not claimed, or no such way")
        for kept, settlement in pairs:
            kept.claimed = False
            _apply(kept, settlement, now)

    def crash(self) -> None:
        for kept in self.log:
            kept.claimed = False

    def tally(self) -> set[Stand]:
        stands = [(kept.receipt.organization, kept.state, kept.reason) for kept in self.log]
        return {Stand(*stand, stands.count(stand)) for stand in stands}


def _head(log: Sequence[Kept], lane: Lane) -> Kept | None:
    return next((kept for kept in log if kept.receipt.lane == lane and kept.open), None)


def _apply(kept: Kept, settlement: Settlement, now: datetime) -> None:
    if isinstance(settlement, Deferred):
        kept.due_at = settlement.due_at
        kept.attempts += settlement.counted
        return
    kept.entered_at = kept.due_at = now
    kept.attempts = 0
    match settlement:
        case MadeReady(payload=payload, message_id=message_id):
            kept.state, kept.payload, kept.message_id = State.READY, payload, message_id
        case Delivered():
            kept.state = State.DELIVERED
        case Suppressed(reason=reason):
            kept.state, kept.reason = State.SUPPRESSED, reason
        case Ignored(reason=reason):
            kept.state, kept.reason = State.IGNORED, reason
        case Parked(cause=cause):
            kept.state, kept.reason = State.PARKED, cause
