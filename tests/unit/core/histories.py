"""Receipts of one conversation with their histories, as they stand in the journal."""

from datetime import timedelta
from typing import Any, Final

from gladly_segment.core.ids import Lane, MessageId, OrganizationId, Seq
from gladly_segment.core.lifecycle import State
from gladly_segment.core.records import Attempt, History, Source
from tests.support.clock import START

SHOP: Final = OrganizationId("shop")
CREATED: Final = "CONVERSATION/CREATED"
CLOSED: Final = "CONVERSATION/CLOSED"


def a_receipt(state: State, reason: str = "", *, seq: int = 1, event_type: str = CREATED, **fields: Any) -> History:
    """Received at START; the nth receipt is the nth of the journal."""
    known: dict[str, Any] = {
        "detail": "",
        "body": b"{}",
        "payload": b"",
        "due_at": START,
        "attempts": (),
        "attempts_failed": 0,
    }
    return History(
        seq=Seq(seq),
        organization=SHOP,
        lane=Lane("conversation:c-1"),
        event_type=event_type,
        event_id=f"e-{seq}",
        occurred_at=START,
        received_at=START,
        source=Source.WEBHOOK,
        state=state,
        reason=reason,
        message_id=MessageId(f"gladly-{seq}"),
        notes=(),
        **(known | fields),
    )


def step(by: str, outcome: str, reason: str = "", detail: str = "", *, after_s: float = 0.0) -> Attempt:
    return Attempt(START + timedelta(seconds=after_s), by, outcome, reason, detail, None)
