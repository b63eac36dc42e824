"""What a stage may make of what it holds."""

from datetime import datetime, timedelta
from typing import Final

from hypothesis import strategies as st

from gladly_segment.core.identity import message_id
from gladly_segment.core.ids import Seq
from gladly_segment.core.lifecycle import IgnoreReason, ParkCause, State, SuppressReason
from gladly_segment.core.records import Deferred, Delivered, Ignored, MadeReady, Parked, Settlement, Suppressed
from tests.model.journal_model import Kept

DELAYS_S: Final = st.sampled_from([0.0, 0.001, 1.0, 30.0])


def settlements(seq: Seq, kept: Kept, now: datetime) -> st.SearchStrategy[Settlement]:
    """Draw one of a claimed receipt that its state allows."""
    due_at = DELAYS_S.map(lambda delay_s: now + timedelta(seconds=delay_s))
    deferred = st.builds(Deferred, st.just(seq), due_at, counted=st.booleans())
    ends: list[Settlement] = [Delivered(seq)]
    if kept.state is State.RECEIVED:
        ignored, suppressed = IgnoreReason.PROFILE_CHANGE_NOTED, SuppressReason.CUSTOMER_DELETED
        ends = [*[made_ready(seq, kept)] * 4, Ignored(seq, ignored), Suppressed(seq, suppressed)]
    return st.sampled_from([*ends, Parked(seq, ParkCause.NO_USER)]) | deferred


def made_ready(seq: Seq, kept: Kept) -> MadeReady:
    """Make a receipt ready with a payload that names it."""
    return MadeReady(seq, f"payload of {kept.receipt.key}".encode(), message_id(kept.receipt.key))
