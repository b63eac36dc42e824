"""Builders of receipts and of the Gladly events that they come from."""

from datetime import datetime
from typing import Final

import msgspec

from gladly_segment.core.ids import Lane, OrganizationId, ReceiptKey
from gladly_segment.core.lifecycle import IgnoreReason, ParkCause, Priority, State
from gladly_segment.core.moments import format_moment
from gladly_segment.core.records import Receipt, Source
from gladly_segment.mapping.intake import take_in
from tests.support.clock import START

SHOP: Final = OrganizationId("shop")
OTHER_SHOP: Final = OrganizationId("other-shop")


def receipt(
    key: str,
    *,
    lane: str | None = None,
    organization: OrganizationId = SHOP,
    at: datetime = START,
    body: bytes = b"{}",
    state: State = State.RECEIVED,
    reason: IgnoreReason | ParkCause | None = None,
    priority: Priority = Priority.LIVE,
    source: Source = Source.WEBHOOK,
) -> Receipt:
    """Make a receipt as the journal sees it; it has a lane of its own unless told otherwise."""
    return Receipt(
        organization=organization,
        key=ReceiptKey(key),
        lane=Lane(lane or f"lane of {key}"),
        event_type="CONVERSATION/CLOSED",
        event_id=f"event of {key}",
        occurred_at=at,
        received_at=at,
        source=source,
        body=body,
        state=state,
        reason=reason,
        priority=priority,
    )


def taken_in(body: bytes, *, organization: OrganizationId = SHOP, at: datetime = START) -> Receipt:
    """Take an event in as receive does."""
    taken = take_in(body, organization=organization, received_at=at, source=Source.WEBHOOK)
    if not isinstance(taken, Receipt):
        raise TypeError(f"{taken} is no receipt")
    return taken


def conversation_event(kind: str, conversation: str = "c-1", customer: str = "u-1", at: datetime = START) -> bytes:
    """Write `CONVERSATION/{kind}` as Gladly sends it (Gladly fact sheet, webhooks)."""
    content = {"conversationId": conversation, "customerId": customer, "context": {"assignee": {"inboxId": "i-1"}}}
    return _event(f"CONVERSATION/{kind}", f"{kind}-{conversation}-{at:%s}", at, content)


def profile_event(kind: str, customer: str = "u-1", at: datetime = START) -> bytes:
    """Write `CUSTOMER_PROFILE/{kind}`."""
    return _event(f"CUSTOMER_PROFILE/{kind}", f"{kind}-{customer}", at, {"customerId": customer})


def merge_event(source: str, destination: str, at: datetime = START) -> bytes:
    """Write `CUSTOMER/MERGED`."""
    content = {"sourceCustomerId": source, "destinationCustomerId": destination}
    return _event("CUSTOMER/MERGED", f"{source}-into-{destination}", at, content)


def _event(event_type: str, event_id: str, at: datetime, content: object) -> bytes:
    return msgspec.json.encode({"id": event_id, "type": event_type, "timestamp": format_moment(at), "content": content})
