"""Receipts as the journal gives them to whoever keeps a copy, in any number and kind."""

from datetime import datetime, timedelta

from hypothesis import strategies as st

from gladly_segment.core.ids import Lane, MessageId, OrganizationId, Seq
from gladly_segment.core.lifecycle import State
from gladly_segment.core.records import Source
from gladly_segment.ports.receipts import Standing
from tests.support.clock import START
from tests.support.receipts import SHOP, conversation_event
from tests.unit.history.projecting import track


def standing(
    seq: int,
    *,
    organization: str = SHOP,
    kind: str = "CLOSED",
    customer: str = "u-1",
    conversation: str = "c-1",
    at: datetime = START,
    took_s: float = 0.0,
    state: State = State.DELIVERED,
    reason: str = "",
    payload: bytes = b"",
    source: Source = Source.WEBHOOK,
) -> Standing:
    return Standing(
        seq=Seq(seq),
        organization=OrganizationId(organization),
        lane=Lane(f"conversation:{conversation}"),
        event_type=f"CONVERSATION/{kind}",
        event_id=f"e-{seq}",
        occurred_at=at,
        received_at=at,
        entered_at=at + timedelta(seconds=took_s),
        source=source,
        state=state,
        reason=reason,
        attempts=0,
        message_id=MessageId(f"gladly-{seq:x}"),
        body=conversation_event(kind, conversation, customer, at),
        payload=payload,
    )


NAMES = ("Ann", "Anna Lee", "lee", "Müller", 'O"Neil *', "🎉", "")
EMAILS = ("ann@shop.example", "lee@shop.example", "ann.lee@mail.example", "")
PHONES = ("+14155550142", "+493012345678", "")

REASONS = {State.PARKED: ("no_user", "event_too_large"), State.SUPPRESSED: ("customer_deleted",)}


@st.composite
def standings(draw: st.DrawFn) -> list[Standing]:
    """Draw a log; its clock may go back."""
    seqs = sorted(draw(st.sets(st.integers(1, 60), max_size=25)))
    return [_drawn(draw, seq) for seq in seqs]


def _drawn(draw: st.DrawFn, seq: int) -> Standing:
    state = draw(st.sampled_from([State.DELIVERED, State.DELIVERED, *State]))
    properties: dict[str, object] = {
        "customerName": draw(st.sampled_from(NAMES)),
        "email": draw(st.sampled_from(EMAILS)),
        "phone": draw(st.sampled_from(PHONES)),
        "customAttributes": draw(st.sampled_from([{}, {"tier": "gold"}, {"n": 7, "deep": [{"x": "silver gold"}]}])),
    }
    return standing(
        seq,
        organization=draw(st.sampled_from(["shop", "other-shop", "Shop"])),
        kind=draw(st.sampled_from(["CREATED", "CLOSED", "odd one"])),
        customer=draw(st.sampled_from(["u-1", "u-10", "U1"])),
        conversation=draw(st.sampled_from(["c-1", "c-2"])),
        at=START + timedelta(seconds=seq * 600 + draw(st.integers(-3_000, 3_000))),
        took_s=draw(st.sampled_from([0.0, 0.05, 0.25, 0.4, 3.0, 1_000.0, 4_000.0])),
        state=state,
        reason=draw(st.sampled_from(REASONS.get(state, ("",)))),
        payload=draw(st.sampled_from([b"", track("u-1", **properties)])),
    )
